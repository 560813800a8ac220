import { expect } from "chai";
import { clockOffset } from "../../src/db/clock.js";
import { useSuite } from "../support/suite.js";

describe("the clocks of a service and of its database", () => {
  const suite = useSuite({ holders: [] });
  const systemMicros = () => BigInt(Date.now()) * 1_000n;

  for (const seconds of [60n, -60n]) {
    it(`are told to differ when the service's is ${seconds} s off`, async () => {
      const { reader } = suite.engine.database;
      const offset = await clockOffset(reader, () => systemMicros() + seconds * 1_000_000n);
      expect(Number(offset)).to.be.within(50_000_000, 60_001_000);
    });
  }

  it("are not told to differ for the time that asking takes", async () => {
    const { reader } = suite.engine.database;
    expect(Number(await clockOffset(reader, systemMicros))).to.be.at.most(1_000);
  });
});
