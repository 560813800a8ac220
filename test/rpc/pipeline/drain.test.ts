import { expect } from "chai";
import { createDrain } from "../../../src/rpc/pipeline/drain.js";

describe("the drain", () => {
  it("is drained when the last call leaves", async () => {
    const drain = createDrain();
    drain.enter();
    drain.enter();
    drain.begin();
    const drained = drain.drained(60_000);
    drain.leave();
    expect(drain.inFlight).to.equal(1);
    drain.leave();
    expect(await drained).to.equal(true);
  });

  it("says that it is not drained when time is up", async () => {
    const drain = createDrain();
    drain.enter();
    expect(await drain.drained(1)).to.equal(false);
  });

  it("tells those who asked that it begins, at once if it has, and nobody who called it off", () => {
    const drain = createDrain();
    const told: string[] = [];
    drain.onBegin(({ reason }) => told.push(`early ${reason}`));
    const callOff = drain.onBegin(() => told.push("called off"));
    callOff();
    drain.begin();
    drain.begin();
    drain.onBegin(({ reason }) => told.push(`late ${reason}`));
    expect(told).to.deep.equal(["early SHUTTING_DOWN", "late SHUTTING_DOWN"]);
  });

  it("lets nobody in once it has begun", () => {
    const drain = createDrain();
    drain.begin();
    expect(() => drain.enter())
      .to.throw()
      .with.property("reason", "SHUTTING_DOWN");
    expect(drain.inFlight).to.equal(0);
  });
});
