import { expect } from "chai";
import type { OperationStep } from "../../src/events/operation-feed.js";
import { movementOf, topUp } from "../support/engine.js";
import { openFeed, type TestFeed } from "../support/feed.js";
import { accept, startWorker } from "../support/queue-worker.js";
import { useSuite } from "../support/suite.js";

/** The steps of one who watches an operation to its end, and when there is the first of them. */
function watch({ feed }: TestFeed, id: string): { steps: Promise<OperationStep[]>; first: Promise<void> } {
  let begun = () => {};
  const first = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const take = async () => {
    const steps: OperationStep[] = [];
    for await (const step of feed.watchOperation(id, new AbortController().signal)) {
      steps.push(step);
      begun();
    }
    return steps;
  };
  return { steps: take(), first };
}

describe("the feed of operations", () => {
  const suite = useSuite({ holders: ["alice"] });
  const put = () => accept(suite.engine, movementOf("TOP_UP", { to: "alice" }, 1n));

  it("gives signs of life while an operation is pending, and ends once another process has applied it", async () => {
    const id = await put();
    const feed = openFeed(suite.other, { heartbeatMs: 5 });
    const { steps, first } = watch(feed, id);
    await first;
    const { worker } = startWorker(suite.engine);
    const seen = await steps;
    await worker.stop();
    await feed.feed.stop();
    expect(seen.length).to.be.greaterThan(1);
    expect(seen.slice(0, -1)).to.deep.equal(Array(seen.length - 1).fill("pending"));
    expect(seen.at(-1)).to.equal("complete");
  });

  it("tells at once of what was complete before", async () => {
    const id = await put();
    const { worker } = startWorker(suite.engine);
    const feed = openFeed(suite.other, { heartbeatMs: 60_000 });
    await watch(feed, id).steps;
    expect(await watch(feed, id).steps).to.deep.equal(["complete"]);
    await worker.stop();
    await feed.feed.stop();
  });

  it("asks one question for all who watch, however many they are", async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, async () => await put()));
    // Only what is committed makes it read: what the others poll is one statement that is about no operation.
    const feed = openFeed(suite.other, { heartbeatMs: 60_000 });
    const watching = Array.from({ length: 2_000 }, (_, index) => watch(feed, ids[index % 20] ?? ""));
    const { worker } = startWorker(suite.engine);
    const seen = await Promise.all(watching.map(({ steps }) => steps));
    await worker.stop();
    await feed.feed.stop();
    expect(seen.flat()).to.deep.equal(Array(2_000).fill("complete"));
    const asked = feed.statements.filter((sql) => sql.includes("operations"));
    expect(asked.length).to.be.lessThan(50);
  });

  it("ends with the reason of the signal", async () => {
    const id = await put();
    const feed = openFeed(suite.other);
    const leaving = new AbortController();
    const steps = feed.feed.watchOperation(id, leaving.signal);
    const next = steps.next().catch((error: unknown) => error);
    leaving.abort(new Error("the watcher went away"));
    expect(await next).to.have.property("message", "the watcher went away");
    await feed.feed.stop();
    const { worker } = startWorker(suite.engine);
    await topUp(suite.engine, "alice", 1n);
    await worker.stop();
  });
});
