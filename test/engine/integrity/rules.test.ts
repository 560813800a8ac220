import { expect } from "chai";
import { type BusyLedger, makeBusyLedger } from "../../support/busy-ledger.js";
import { checkLedger, stepsOf } from "../../support/integrity.js";
import { expectOracles } from "../../support/oracles.js";
import { copyOf, onServer, tamper } from "../../support/postgres.js";
import type { Damage, Located } from "./damage.js";
import { transactionDamages } from "./transaction-damages.js";
import { walletDamages } from "./wallet-damages.js";

describe("an integrity check, of a ledger that was damaged in", () => {
  let ledger: BusyLedger;

  before(async () => {
    ledger = await makeBusyLedger();
  });
  after(() => expectOracles(ledger.database.url));

  /** Fails unless a check of the damaged ledger finds exactly what it should. */
  async function expectFound({ sql, found }: Damage, rows: number): Promise<void> {
    const copy = await copyOf(ledger.database);
    await tamper(copy, sql(ledger));
    const { findings, verdict } = await checkLedger(copy.url, { limits: stepsOf(rows) });
    const wanted = found(ledger);
    const located = findings.map((finding, index) => {
      const keys = Object.keys(wanted[index] ?? { rule: "" }) as (keyof Located)[];
      return Object.fromEntries(keys.map((key) => [key, finding[key]]));
    });
    expect(located, findings.map(({ message }) => message).join("\n")).to.deep.equal(wanted);
    expect(verdict.findingCount).to.equal(BigInt(wanted.length));
    for (const { message } of findings) expect(message).to.match(/^[A-Z].*\.$/);
    await onServer(ledger.database.superuserUrl, `drop database ${new URL(copy.url).pathname.slice(1)}`);
  }

  for (const damage of [...walletDamages, ...transactionDamages]) {
    it(`${damage.of}: finds that, and nothing else`, () => expectFound(damage, 50));
  }

  it("a hash, or a posting that is gone: finds the same wherever its steps begin and end", async () => {
    const damages = walletDamages.filter(({ of }) => /^the hash of a posting$|^a posting, which is/.test(of));
    expect(damages).to.have.lengthOf(2);
    for (const damage of damages) for (const rows of [1, 2, 3, 4, 5]) await expectFound(damage, rows);
  });
});
