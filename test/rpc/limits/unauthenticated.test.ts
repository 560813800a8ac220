import { expect } from "chai";
import { WalletError } from "../../../src/ledger/wallet-error.js";
import { createMetrics } from "../../../src/metrics.js";
import { memoryStore } from "../../../src/rpc/limits/rate-store.js";
import { UnauthenticatedLimit } from "../../../src/rpc/limits/unauthenticated.js";

const peer = "192.0.2.7:40000";
const failuresMax = 5;

/** Attempts of one limit, and how many of them came to a verification. */
class Attempts {
  readonly #limit = new UnauthenticatedLimit({
    store: memoryStore,
    failuresMax,
    windowSeconds: 3_600,
    metrics: createMetrics(),
  });
  verified = 0;
  underWay = 0;
  underWayMax = 0;

  /** Makes an attempt that ends as told, and says how it ended. */
  async end(how: "good" | "bad" | "broken", from = peer): Promise<string> {
    const verify = async () => {
      this.verified += 1;
      this.underWay += 1;
      this.underWayMax = Math.max(this.underWayMax, this.underWay);
      await new Promise(setImmediate);
      this.underWay -= 1;
      if (how === "bad") throw new WalletError("TOKEN_INVALID", "bad");
      if (how === "broken") throw new Error("the keys cannot be had");
      return "good";
    };
    try {
      return await this.#limit.attempt(from, verify);
    } catch (error) {
      return error instanceof WalletError ? error.reason : "broken";
    }
  }
}

const times = <T>(count: number, make: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, make));

describe("the limit of attempts to authenticate", () => {
  it("verifies nothing more from an address once as many have failed as may", async () => {
    const attempts = new Attempts();
    expect(await times(failuresMax, () => attempts.end("bad"))).to.deep.equal(
      Array(failuresMax).fill("TOKEN_INVALID"),
    );
    expect(await attempts.end("bad")).to.equal("RATE_LIMITED");
    expect(await attempts.end("good")).to.equal("RATE_LIMITED");
    expect(attempts.verified).to.equal(failuresMax);
  });

  it("counts another port of the address with it, and another address by itself", async () => {
    const attempts = new Attempts();
    await times(failuresMax, () => attempts.end("bad"));
    expect(await attempts.end("good", "192.0.2.7:40001")).to.equal("RATE_LIMITED");
    expect(await attempts.end("good", "192.0.2.8:40000")).to.equal("good");
  });

  it("lets any number in that succeed, also at once, and does not count a failure of ours", async () => {
    const attempts = new Attempts();
    expect(new Set(await times(20 * failuresMax, () => attempts.end("good")))).to.deep.equal(
      new Set(["good"]),
    );
    expect(await times(2 * failuresMax, () => attempts.end("broken"))).to.deep.equal(
      Array(2 * failuresMax).fill("broken"),
    );
    expect(await attempts.end("good")).to.equal("good");
  });

  it("verifies no more at once than may fail, so that a flood is known before most of it is verified", async () => {
    const attempts = new Attempts();
    const ends = await times(500, () => attempts.end("bad"));
    expect(attempts.underWayMax).to.equal(failuresMax);
    expect(attempts.verified).to.be.lessThan(2 * failuresMax);
    const refused = ends.filter((end) => end === "RATE_LIMITED");
    expect(refused).to.have.lengthOf(500 - attempts.verified);
  });
});
