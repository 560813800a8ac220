import { expect } from "chai";
import { StatementTotals } from "../../src/ledger/statement.js";

describe("the totals of a statement", () => {
  it("keep credits and debits of each type apart, in the order of the types", () => {
    const totals = new StatementTotals();
    totals.addPosting("TRANSFER", -5n);
    totals.addPosting("TRANSFER", 3n);
    totals.add({ type: "TOP_UP", credits: 10n, debits: 0n, postingCount: 2n });
    totals.add({ type: "TRANSFER", credits: 1n, debits: -1n, postingCount: 4n });
    expect(totals.byType()).to.deep.equal([
      { type: "TOP_UP", credits: 10n, debits: 0n, postingCount: 2n },
      { type: "TRANSFER", credits: 4n, debits: -6n, postingCount: 6n },
    ]);
    expect(totals.sum()).to.deep.equal({ credits: 14n, debits: -6n, postingCount: 8n });
  });

  it("come to nothing without postings", () => {
    expect(new StatementTotals().byType()).to.deep.equal([]);
    expect(new StatementTotals().sum()).to.deep.equal({ credits: 0n, debits: 0n, postingCount: 0n });
  });

  it("fail when they do not lead from the opening to the closing", () => {
    const totals = new StatementTotals();
    totals.addPosting("SPEND", -5n);
    expect(() => totals.assertBridges({ opening: 7n, closing: 2n })).not.to.throw();
    expect(() => totals.assertBridges({ opening: 7n, closing: 3n })).to.throw("lead to 2, not to 3");
  });
});
