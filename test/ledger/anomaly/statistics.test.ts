import { expect } from "chai";
import { assert, bigInt, constantFrom, property } from "fast-check";
import { amountsAround, isShare } from "../../../src/ledger/anomaly/statistics.js";

describe("the amounts around an amount", () => {
  it("are those that are a share of it, and of which it is a share", () => {
    const amounts = bigInt({ min: 1n, max: 2n ** 63n - 1n });
    const shares = constantFrom(0, 0.000_001, 0.5, 0.9, 0.999_999, 1);
    assert(
      property(amounts, shares, bigInt({ min: -2n, max: 2n }), (amount, share, off) => {
        const [least, most] = amountsAround(amount, share);
        for (const other of [least + off, most + off, amount + off]) {
          if (other < 1n || other >= 2n ** 63n) continue;
          const isAround = isShare(other, amount, share) && isShare(amount, other, share);
          expect(other >= least && other <= most, `${other} of ${amount}`).to.equal(isAround);
        }
      }),
    );
  });
});
