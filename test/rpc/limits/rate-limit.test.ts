import { expect } from "chai";
import fc from "fast-check";
import { WalletError } from "../../../src/ledger/wallet-error.js";
import { RateLimit } from "../../../src/rpc/limits/rate-limit.js";
import { memoryStore } from "../../../src/rpc/limits/rate-store.js";

// So long that no window ends while a test runs.
const longWindows = { seconds: 3_600, burstSeconds: 7_200 };

function limitOf(points: number, windows = longWindows): RateLimit {
  const refusal = (retryDelayMs: number) => new WalletError("RATE_LIMITED", "refused", { retryDelayMs });
  return new RateLimit({ store: memoryStore, name: "test", points, windows, refusal });
}

/** Undefined when the points were given, otherwise the refusal. */
async function taken(limit: RateLimit, key: string, points = 1): Promise<WalletError | undefined> {
  try {
    await limit.take(key, points);
    return undefined;
  } catch (error) {
    if (error instanceof WalletError) return error;
    throw error;
  }
}

/** How many of so many calls that come at once are let through. */
async function allowedOf(limit: RateLimit, key: string, calls: number): Promise<number> {
  const results = await Promise.all(Array.from({ length: calls }, () => taken(limit, key)));
  return results.filter((refusal) => refusal === undefined).length;
}

describe("a rate limit", () => {
  for (const points of [1, 20, 999, 1_000, 1_200, 5_000]) {
    it(`of ${points} gives a key as many and once more as many, also to calls that come at once`, async () => {
      const limit = limitOf(points);
      expect(await allowedOf(limit, "a", 2 * points + 50)).to.equal(2 * points);
      expect(await allowedOf(limit, "b", 1)).to.equal(1);
    });
  }

  it("never gives more than the limit and the burst, and of a small limit not less, whatever is asked for", async () => {
    const asked = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 100, maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 62, max: 2_000 }), asked, async (points, costs) => {
        const limit = limitOf(points);
        let given = 0;
        for (const cost of costs) if ((await taken(limit, "a", cost)) === undefined) given += cost;
        expect(given).to.be.at.most(2 * points);
        const sum = costs.reduce((total, cost) => total + cost, 0);
        // What is asked for in pieces need not fit into what is left of either window.
        if (points < 1_000) expect(given).to.be.at.least(Math.min(sum, 2 * (points - 60)));
      }),
      { numRuns: 30 },
    );
  });

  it("gives out a taken portion without a promise", async () => {
    const limit = limitOf(1_000);
    await limit.take("a", 1);
    for (let call = 0; call < 9; call++) expect(limit.take("a", 1)).to.equal(undefined);
    expect(limit.take("a", 1)).to.be.instanceOf(Promise);
  });

  it("says for how long a key is refused: until the first of the two windows is over", async () => {
    const limit = limitOf(1);
    await allowedOf(limit, "a", 2);
    const refusal = await taken(limit, "a");
    expect(refusal?.retryDelayMs).to.be.within(3_590_000, 3_600_000);
  });

  it("lets a key in again when the window is over", async () => {
    const limit = limitOf(2, { seconds: 1, burstSeconds: 1 });
    expect(await allowedOf(limit, "a", 5)).to.equal(4);
    let delayMs = (await taken(limit, "a"))?.retryDelayMs ?? 0;
    expect(delayMs).to.be.within(1, 1_000);
    const startedMs = performance.now();
    while (delayMs > 0) {
      await new Promise(setImmediate);
      delayMs = (await taken(limit, "a"))?.retryDelayMs ?? 0;
    }
    expect(performance.now() - startedMs).to.be.lessThan(5_000);
  });

  it("gives a key that has used one point more points than the limit, and then none for as long as they last", async () => {
    const limit = limitOf(10, { seconds: 3_600, burstSeconds: 86_400 });
    expect(await taken(limit, "a", 1)).to.equal(undefined);
    expect(await taken(limit, "a", 35)).to.equal(undefined);
    expect(await allowedOf(limit, "a", 30), "its burst").to.equal(10);
    const refusal = await taken(limit, "a");
    expect(refusal?.retryDelayMs).to.be.within(4 * 3_590_000, 4 * 3_600_000);
  });

  for (const points of [1, 10, 1_000]) {
    it(`of ${points} gives more points than it once in the windows that they take, and never out of the burst`, async () => {
      const limit = limitOf(points);
      let given = 0;
      for (let request = 0; request < 20; request++) {
        if ((await taken(limit, "a", 1)) !== undefined) continue;
        if ((await taken(limit, "a", 60 * points)) === undefined) given += 1;
      }
      expect(given).to.equal(1);
      await allowedOf(limit, "a", points);
      const refusal = await taken(limit, "a", 60 * points);
      expect(refusal?.retryDelayMs).to.be.within(60 * 3_590_000, 61 * 3_600_000);
    });
  }

  it("counts the point of the call itself among those that take another window", async () => {
    const limit = limitOf(10);
    expect(await taken(limit, "a", 1)).to.equal(undefined);
    expect(await taken(limit, "a", 10)).to.equal(undefined);
    const refusal = await taken(limit, "a", 10);
    expect(refusal?.retryDelayMs).to.be.within(2 * 3_590_000, 2 * 3_600_000);
  });

  it("refuses more points than the limit to a key that has used more", async () => {
    const limit = limitOf(10);
    expect(await allowedOf(limit, "a", 12)).to.equal(12);
    expect((await taken(limit, "a", 35))?.reason).to.equal("RATE_LIMITED");
  });
});
