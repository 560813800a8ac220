import { expect } from "chai";
import { defaultEngineLimits } from "../../src/engine/limits.js";
import { type BatchTimes, phases } from "../../src/engine/observer.js";
import { Standing } from "../../src/engine/standing.js";
import type { Waited } from "../../src/engine/waiting.js";

const limits = { ...defaultEngineLimits, batchMax: 1_000, standingMsMax: 250, burstMsMax: 1_000 };

describe("a standing queue", () => {
  it("is one of a full batch whose first has waited too long", () => {
    const standing = new Standing(limits);
    expect(standing.stands(waiting(1_000, 300))).to.equal(true);
    expect(standing.stands(waiting(1_000, 200))).to.equal(false);
    expect(standing.stands(waiting(999, 10_000))).to.equal(false);
    expect(standing.stands([])).to.equal(false);
  });

  it("is one that has just come, if it would take too long by the last large batch", () => {
    const standing = new Standing(limits);
    expect(standing.stands(waiting(5_000, 0)), "before any batch").to.equal(false);
    standing.committed(500, lasting(50));
    expect(standing.stands(waiting(5_000, 0)), "0.5 s").to.equal(false);
    standing.committed(500, lasting(150));
    expect(standing.stands(waiting(5_000, 0)), "1.5 s").to.equal(true);
  });

  it("is not told from small batches, which are slow for what they carry", () => {
    const standing = new Standing(limits);
    standing.committed(1, lasting(50));
    expect(standing.stands(waiting(5_000, 0))).to.equal(false);
  });
});

function waiting(count: number, forMs: number): Waited[] {
  const sinceMs = performance.now() - forMs;
  return Array.from({ length: count }, () => ({ sinceMs }) as Waited);
}

function lasting(ms: number): BatchTimes {
  const endedMs = Object.fromEntries(phases.map((phase) => [phase, ms])) as BatchTimes["endedMs"];
  return { beganMs: 0, endedMs };
}
