import { expect } from "chai";
import { keptReadiness } from "../src/readiness.js";

describe("the kept answer of whether the service is ready", () => {
  let nowMs: number;
  let checks: { resolve: (problems: string[]) => void; reject: (error: Error) => void }[];
  let ready: () => Promise<string[]>;

  beforeEach(() => {
    nowMs = 1_000;
    checks = [];
    const check = () =>
      new Promise<string[]>((resolve, reject) => {
        checks.push({ resolve, reject });
      });
    ready = keptReadiness(check, () => nowMs);
  });

  it("comes of one check, however many ask and however long it takes", async () => {
    const asked = Array.from({ length: 100 }, () => ready());
    nowMs += 60_000;
    asked.push(ready());
    expect(checks).to.have.lengthOf(1);
    checks[0]?.resolve(["no database"]);
    expect(await Promise.all(asked)).to.deep.equal(Array(101).fill(["no database"]));
  });

  it("is good for a second from when it was there, and then there is another check", async () => {
    const first = ready();
    nowMs += 5_000;
    checks[0]?.resolve(["no database"]);
    await first;
    nowMs += 999;
    expect(await ready()).to.deep.equal(["no database"]);
    expect(checks).to.have.lengthOf(1);
    nowMs += 1;
    const next = ready();
    expect(checks).to.have.lengthOf(2);
    checks[1]?.resolve([]);
    expect(await next).to.deep.equal([]);
  });

  it("is none when the check failed", async () => {
    const first = ready();
    checks[0]?.reject(new Error("broken"));
    const error = await first.catch((caught: unknown) => caught);
    expect(error).to.have.property("message", "broken");
    const next = ready();
    checks[1]?.resolve([]);
    expect(await next).to.deep.equal([]);
  });
});
