import { expect } from "chai";
import { InFlight } from "../../src/rpc/in-flight.js";

/** Work that ends when the test says so. */
function work(): { done: Promise<string>; finish(result: string): void; fail(error: unknown): void } {
  const handles = { finish: (_: string) => {}, fail: (_: unknown) => {} };
  const done = new Promise<string>((resolve, reject) => {
    handles.finish = resolve;
    handles.fail = reject;
  });
  return { done, finish: (result) => handles.finish(result), fail: (error) => handles.fail(error) };
}

/** Whether a promise is still open after everything that is due by now has run. */
async function isOpen(promise: Promise<unknown>): Promise<boolean> {
  const later = new Promise((resolve) => setImmediate(() => resolve(isOpen)));
  return (await Promise.race([promise, later])) === isOpen;
}

describe("work in flight", () => {
  it("has room until so much is under way or ready, and again when a result is taken", async () => {
    const inFlight = new InFlight<string>(2);
    const [first, second] = [work(), work()];
    expect(await inFlight.room()).to.equal(true);
    inFlight.add(first.done);
    expect(await inFlight.room()).to.equal(true);
    inFlight.add(second.done);
    const room = inFlight.room();
    first.finish("first");
    expect(await isOpen(room)).to.equal(true);
    const results = inFlight.results();
    expect((await results.next()).value).to.equal("first");
    expect(await room).to.equal(true);
    inFlight.end();
  });

  it("gives results in the order in which they are ready, and ends after the last", async () => {
    const inFlight = new InFlight<string>(9);
    const [slow, quick] = [work(), work()];
    inFlight.add(slow.done);
    inFlight.add(quick.done);
    inFlight.end();
    const results = inFlight.results();
    quick.finish("quick");
    expect((await results.next()).value).to.equal("quick");
    const last = results.next();
    expect(await isOpen(last)).to.equal(true);
    slow.finish("slow");
    expect((await last).value).to.equal("slow");
    expect((await results.next()).done).to.equal(true);
  });

  it("ends with the error that was first, after the results of the other work", async () => {
    const inFlight = new InFlight<string>(9);
    const [good, bad] = [work(), work()];
    inFlight.add(good.done);
    inFlight.add(bad.done);
    bad.fail(new Error("first"));
    expect(await isOpen(bad.done.catch(() => {}))).to.equal(false);
    expect(await inFlight.room()).to.equal(false);
    inFlight.end(new Error("second"));
    good.finish("good");
    const results = inFlight.results();
    expect((await results.next()).value).to.equal("good");
    const error = await results.next().catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(Error).with.property("message", "first");
  });

  it("wants no more once it has ended, also of who waits for room", async () => {
    const inFlight = new InFlight<string>(1);
    inFlight.add(work().done);
    const room = inFlight.room();
    expect(await isOpen(room)).to.equal(true);
    inFlight.end();
    expect(await room).to.equal(false);
  });
});
