import { expect } from "chai";
import { defaultIntegrityLimits } from "../../../src/engine/integrity/limits.js";
import { Pace } from "../../../src/engine/integrity/pace.js";

const { signal } = new AbortController();
const limits = {
  ...defaultIntegrityLimits,
  share: 1,
  stepMs: 100,
  rowsFirst: 1_000,
  rowsMin: 500,
  rowsMax: 2_000,
};

describe("the pace of an integrity check", () => {
  it("fits the rows of a step to its time, within bounds", async () => {
    const pace = new Pace(limits);
    await pace.rest(200, signal);
    expect(pace.rows).to.equal(500);
    await pace.rest(10_000, signal);
    expect(pace.rows).to.equal(500);
    for (let step = 0; step < 5; step++) await pace.rest(1, signal);
    expect(pace.rows).to.equal(2_000);
  });

  it("goes below the usual bound when a step ran too long, down to one row, until the next phase", async () => {
    const pace = new Pace(limits);
    const sizes: number[] = [];
    while (pace.canShrink) {
      pace.shrink();
      sizes.push(pace.rows);
    }
    expect(sizes).to.deep.equal([250, 63, 16, 4, 1]);
    await pace.rest(100, signal);
    expect(pace.rows).to.equal(1);
    pace.reset();
    expect(pace.rows).to.equal(1_000);
    await pace.rest(10_000, signal);
    expect(pace.rows).to.equal(500);
  });

  it("rests for as long as its share of the time asks, and not once it is given up", async () => {
    const pace = new Pace({ ...limits, share: 0.5 });
    const givenUp = AbortSignal.abort(new Error("given up"));
    const outcome = await pace.rest(60_000, givenUp).catch((error: Error) => error.message);
    expect(outcome).to.equal("given up");
  });
});
