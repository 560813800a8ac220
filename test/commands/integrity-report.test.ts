import { expect } from "chai";
import { progressLine } from "../../src/commands/integrity-report.js";

const progress = {
  checkedPostings: 900n,
  postings: 1_000n,
  checkedWallets: 1n,
  wallets: 2n,
  findingCount: 0n,
};

describe("how far wallet verify is", () => {
  it("is told with the speed of this command, not of all that was done before it went on", () => {
    const line = progressLine("wallets", progress, { postings: 100n, elapsedMs: 10_000 });
    expect(line)
      .to.include("90 %")
      .and.include("900 of 1,000 postings")
      .and.include("10/s")
      .and.include("10 s left");
  });

  it("is told without a guess where nothing was done yet", () => {
    const line = progressLine("wallets", progress, { postings: 0n, elapsedMs: 0 });
    expect(line).to.match(/0\/s {2}wallets$/);
  });
});
