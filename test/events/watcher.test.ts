import { expect } from "chai";
import { placeOfVersion } from "../../src/events/place.js";
import { Watcher } from "../../src/events/watcher.js";
import { errorOf } from "../support/engine.js";

describe("a watcher", () => {
  const { signal } = new AbortController();
  const event = (version: bigint) => ({ place: placeOfVersion(version) });

  it("takes what it wants, after its place, in order", async () => {
    const watcher = new Watcher(10, ({ place }: { place: { position: bigint } }) => place.position !== 4n);
    watcher.offer(event(1n));
    watcher.startAfter(placeOfVersion(2n));
    for (const version of [2n, 3n, 4n, 5n]) watcher.offer(event(version));
    expect(await watcher.next(1, signal)).to.deep.equal(event(3n));
    expect(await watcher.next(1, signal)).to.deep.equal(event(5n));
    expect(await watcher.next(1, signal)).to.equal(null);
  });

  it("holds as much as it may, and with one more nothing at all", async () => {
    const watcher = new Watcher(3, () => true);
    watcher.startAfter(placeOfVersion(0n));
    for (const version of [1n, 2n, 3n]) watcher.offer(event(version));
    expect(await watcher.next(1, signal)).to.deep.equal(event(1n));
    for (const version of [4n, 5n]) watcher.offer(event(version));
    const error = await errorOf(watcher.next(1, signal));
    expect(error).to.deep.include({
      reason: "OVERLOADED",
      metadata: { backlog_max: "3" },
      retryDelayMs: 500,
    });
    expect(error.message).to.include("More than 3 messages");
  });

  it("is woken by what is offered, and by its signal", async () => {
    const watcher = new Watcher(3, () => true);
    watcher.startAfter(placeOfVersion(0n));
    const waiting = watcher.next(60_000, signal);
    watcher.offer(event(1n));
    expect(await waiting).to.deep.equal(event(1n));
    const leaving = new AbortController();
    const left = watcher.next(60_000, leaving.signal);
    leaving.abort();
    expect(await left).to.equal(null);
  });
});
