import { expect } from "chai";
import fc from "fast-check";
import { amountMax } from "../../src/ledger/amount.js";
import { exchangeRate } from "../../src/ledger/exchange-rate.js";

describe("the rate of an exchange", () => {
  it("is a decimal number without zeros at its end", () => {
    expect(exchangeRate(100n, 200n)).to.equal("2");
    expect(exchangeRate(200n, 100n)).to.equal("0.5");
    expect(exchangeRate(1_000n, 1n)).to.equal("0.001");
    expect(exchangeRate(8n, 10n)).to.equal("1.25");
  });

  it("is rounded down to 18 places", () => {
    expect(exchangeRate(3n, 1n)).to.equal("0.333333333333333333");
    expect(exchangeRate(3n, 2n)).to.equal("0.666666666666666666");
    expect(exchangeRate(amountMax, 1n)).to.equal("0");
    expect(exchangeRate(1n, amountMax)).to.equal(`${amountMax}`);
  });

  it("never gives more than was bought, and less than one unit in 10^18 too little", () => {
    const units = fc.bigInt({ min: 1n, max: amountMax });
    fc.assert(
      fc.property(units, units, (sold, bought) => {
        const [whole = "", fraction = ""] = exchangeRate(sold, bought).split(".");
        const scaled = BigInt(whole + fraction.padEnd(18, "0"));
        expect(scaled * sold <= bought * 10n ** 18n).to.equal(true);
        expect((scaled + 1n) * sold > bought * 10n ** 18n).to.equal(true);
      }),
    );
  });
});
