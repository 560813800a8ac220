import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import type { EngineLimits } from "../../src/engine/limits.js";
import {
  commandOf,
  errorOf,
  freshKey,
  movementOf,
  openEngine,
  reasonOf,
  type TestEngine,
  topUp,
  transfer,
} from "../support/engine.js";
import { useSuite } from "../support/suite.js";
import { balanceOfHolder, countOf, untilBlocked } from "../support/watch.js";

const aliceToBob = { from: "alice", to: "bob" };

describe("the queue", () => {
  const suite = useSuite({ holders: ["alice", "bob"] });
  const engines: TestEngine[] = [];
  const another = async (limits: Partial<EngineLimits> = {}) => {
    const engine = await openEngine(suite.database.url, { fastLockTimeoutMs: 10_000, ...limits });
    engines.push(engine);
    return engine;
  };

  before(() => topUp(suite.engine, "alice", 1_000n));
  afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.close())));

  it("refuses a call with too little time before it claims anything", async () => {
    const key = freshKey();
    const movement = movementOf("TRANSFER", { from: "alice", to: "bob" }, 1n);
    const error = await errorOf(suite.engine.poster.submit(commandOf(key, movement), Date.now() + 5));
    expect(error).to.deep.include({ reason: "DEADLINE_TOO_SHORT", metadata: { needed_ms: "20" } });
    expect(await countOf(suite.watcher, "from idempotency_keys where key = $1", [key])).to.equal(0);
    const inTime = suite.engine.poster.submit(commandOf(key, movement), Date.now() + 20_000);
    expect((await inTime).replayed).to.equal(false);
  });

  it("refuses one call more than it holds, and takes calls again once it is shorter", async () => {
    const small = await another({ queueMax: 3 });
    const queued = [1n, 2n, 3n].map((amount) => transfer(small, aliceToBob, amount));
    const error = await errorOf(transfer(small, aliceToBob, 4n));
    expect(error).to.deep.include({ reason: "OVERLOADED", metadata: { queue_max: "3" } });
    expect(error.retryDelayMs).to.be.greaterThan(0);
    expect(await Promise.all(queued)).to.have.length(3);
    expect((await transfer(small, aliceToBob, 4n)).replayed).to.equal(false);
  });

  it("stands when a full batch has waited too long, and not while fewer wait, however long", async () => {
    const narrow = await another({ batchMax: 2, standingMsMax: 20 });
    const stranger = await suite.stranger();
    await stranger.query("begin; lock table postings in share row exclusive mode");
    const begun = transfer(narrow, aliceToBob, 1n);
    await untilBlocked(suite.watcher, 1, "%insert into postings%");
    const queued = [transfer(narrow, aliceToBob, 1n)];
    await sleep(30);
    expect(narrow.poster.stands).to.equal(false);
    queued.push(transfer(narrow, aliceToBob, 1n));
    expect(narrow.poster.stands).to.equal(true);
    await stranger.query("rollback");
    await Promise.all([begun, ...queued]);
    expect(narrow.poster.stands).to.equal(false);
    const burst = Array.from({ length: 10 }, () => transfer(narrow, aliceToBob, 1n));
    expect(narrow.poster.stands).to.equal(false);
    await Promise.all(burst);
  });

  it("is carried in batches of bounded size, in order of arrival", async () => {
    const narrow = await another({ batchMax: 4 });
    const results = await Promise.all(Array.from({ length: 10 }, () => transfer(narrow, aliceToBob, 1n)));
    expect(narrow.batches.map(({ size }) => size)).to.deep.equal([4, 4, 2]);
    const versions = results.map(({ balances }) => balances[0]?.version ?? 0n);
    expect(versions).to.deep.equal(versions.map((_, index) => (versions[0] ?? 0n) + BigInt(index)));
  });

  it("is carried in batches of bounded weight: what has many legs shares its batch with fewer", async () => {
    const narrow = await another({ batchLegsMax: 4 });
    await Promise.all(Array.from({ length: 5 }, () => transfer(narrow, aliceToBob, 1n)));
    expect(narrow.batches.map(({ size }) => size)).to.deep.equal([2, 2, 1]);
  });

  it("is drained when the engine stops, and takes no more", async () => {
    const stopping = await another({ batchMax: 2 });
    const before = await balanceOfHolder(suite.watcher, "bob");
    const queued = [1n, 2n, 3n, 4n, 5n].map((amount) => transfer(stopping, aliceToBob, amount));
    const stopped = stopping.poster.stop(5_000);
    const key = freshKey();
    const error = await errorOf(transfer(stopping, aliceToBob, 6n, key));
    expect(error.reason).to.equal("SHUTTING_DOWN");
    expect(error.retryDelayMs).to.be.greaterThan(0);
    await stopped;
    expect((await balanceOfHolder(suite.watcher, "bob")) - before).to.equal(15n);
    expect(await Promise.all(queued)).to.have.length(5);
    expect(await countOf(suite.watcher, "from idempotency_keys where key = $1", [key])).to.equal(0);
  });

  it("refuses what it still holds when the time to stop is up, and ends what it has begun", async () => {
    const stopping = await another({ batchMax: 1 });
    const stranger = await suite.stranger();
    await stranger.query("begin; lock table postings in share row exclusive mode");
    const begun = transfer(stopping, aliceToBob, 1n);
    const queued = reasonOf(transfer(stopping, aliceToBob, 2n));
    await untilBlocked(suite.watcher, 1, "%insert into postings%");
    const stopped = stopping.poster.stop(0);
    expect(await queued).to.equal("SHUTTING_DOWN");
    await stranger.query("rollback");
    expect((await begun).transaction?.state).to.equal("POSTED");
    await stopped;
  });
});
