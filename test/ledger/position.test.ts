import { expect } from "chai";
import { batchTimeOf, positionAt, positionOf } from "../../src/ledger/position.js";

describe("the time of a batch", () => {
  const wallets = (...times: (bigint | null)[]) => times.map((lastPostTime) => ({ lastPostTime }));

  it("is the clock's, when every wallet was posted to before", () => {
    expect(batchTimeOf(100n, wallets(99n, null, 3n))).to.equal(100n);
    expect(batchTimeOf(100n, [])).to.equal(100n);
  });

  it("is later than the last posting of every wallet, when the clock was set back or stands still", () => {
    expect(batchTimeOf(100n, wallets(100n))).to.equal(101n);
    expect(batchTimeOf(100n, wallets(105n, 250n, 200n))).to.equal(251n);
  });
});

describe("a position", () => {
  it("rises within a batch, and from one batch to the next", () => {
    const ordinals = Array.from({ length: 1_000 }, (_, ordinal) => positionOf(7n, ordinal));
    expect(
      ordinals.every((position, index) => index === 0 || position > (ordinals[index - 1] ?? 0n)),
    ).to.equal(true);
    expect(ordinals[0]).to.equal(positionAt(7n));
    expect(positionAt(8n)).to.equal((ordinals.at(-1) ?? 0n) + 1n);
  });

  it("fits into 64 bits until after the year 2200", () => {
    expect(positionOf(BigInt(Date.UTC(2200, 0)) * 1_000n, 999) < 2n ** 63n).to.equal(true);
  });
});
