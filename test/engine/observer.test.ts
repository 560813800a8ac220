import { expect } from "chai";
import pg from "pg";
import { conflictOf } from "../../src/db/failure.js";
import { createHolder } from "../../src/engine/holders.js";
import { defaultEngineLimits } from "../../src/engine/limits.js";
import { type CommittedBatch, phases, unobserved } from "../../src/engine/observer.js";
import { Poster } from "../../src/engine/poster.js";
import type { Waited } from "../../src/engine/waiting.js";
import {
  claimOf,
  commandOf,
  freshKey,
  movementOf,
  openEngine,
  reasonOf,
  type TestEngine,
  topUp,
  transfer,
} from "../support/engine.js";
import { FaultyNetwork } from "../support/proxy.js";
import { useSuite } from "../support/suite.js";
import { untilBlocked } from "../support/watch.js";

const aliceToBob = { from: "alice", to: "bob" };

describe("the observer of the engine", () => {
  const suite = useSuite({ holders: ["alice", "bob"] });
  const engines: TestEngine[] = [];
  const another = async (limits: Parameters<typeof openEngine>[1], url = suite.database.url) => {
    const engine = await openEngine(url, limits);
    engines.push(engine);
    return engine;
  };

  before(() => topUp(suite.engine, "alice", 1_000n));
  afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.close())));

  it("is told who was in a batch, how long each had waited, and phases without a gap", async () => {
    const committed: CommittedBatch[] = [];
    const taken: (readonly Waited[])[] = [];
    const { database } = suite.engine;
    const observer = {
      ...unobserved,
      committed: (batch: CommittedBatch) => committed.push(batch),
      taken: (_: string, submissions: readonly Waited[]) => taken.push(submissions),
    };
    const poster = new Poster({ database, limits: defaultEngineLimits, observer });
    const beforeMs = performance.now();
    const commands = [1n, 2n, 3n].map((amount) =>
      commandOf(freshKey(), movementOf("TRANSFER", aliceToBob, amount)),
    );
    await Promise.all(commands.map((command) => poster.submit(command)));
    await poster.stop(1_000);

    const [batch] = committed;
    if (batch === undefined) throw new Error("no batch was told of");
    expect(batch).to.include({ lane: "fast", size: 3 });
    expect(batch.submissions.map(({ submission }) => submission)).to.deep.equal(commands);
    expect(taken).to.deep.equal([batch.submissions]);
    const { beganMs, endedMs } = batch.times;
    const instants = [beganMs, ...phases.map((phase) => endedMs[phase])];
    expect(instants).to.deep.equal(instants.toSorted((a, b) => a - b));
    expect(instants.at(-1)).to.be.lessThan(performance.now());
    for (const { sinceMs, takenMs } of batch.submissions) {
      expect(sinceMs).to.be.within(beforeMs, takenMs);
      expect(takenMs).to.be.within(sinceMs, beganMs);
    }
  });

  it("is told of every try that others were in the way of", async () => {
    const engine = await another({ fastLockTimeoutMs: 20, attemptsMax: 2, retryDelayMsBase: 1 });
    const stranger = await suite.stranger();
    await stranger.query("begin; select from assets for update");
    expect(await reasonOf(transfer(engine, aliceToBob, 1n))).to.equal("CONTENTION");
    expect(engine.told).to.deep.equal(["failed lock_not_available", "failed lock_not_available"]);
  });

  it("is told when a command goes to the slow lane, and when it waits there in vain", async () => {
    const engine = await another({ slowLockTimeoutMs: 20, slowTriesMax: 2 });
    const stranger = await suite.stranger();
    await stranger.query("begin; select from wallets where holder_id = 'alice' for update");
    expect(await reasonOf(transfer(engine, aliceToBob, 1n))).to.equal("CONTENTION");
    expect(engine.told).to.deep.equal([
      "deferred 1",
      "failed lock_not_available",
      "failed lock_not_available",
    ]);
  });

  it("is told of a batch that is halved until the guilty command is alone", async () => {
    const engine = await another({});
    const owner = await suite.stranger();
    await owner.query("alter table transactions add constraint no_13 check (amount <> 13) not valid");
    const outcomes = await Promise.allSettled([1n, 13n, 2n].map((n) => transfer(engine, aliceToBob, n)));
    await owner.query("alter table transactions drop constraint no_13");
    expect(outcomes.map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected", "fulfilled"]);
    expect(engine.told).to.deep.equal(["failed guilty", "failed guilty", "failed guilty"]);
  });

  it("is told what was not taken because a queue was full", async () => {
    const engine = await another({ queueMax: 1, actsRunningMax: 1, actsWaitingMax: 0 });
    const [, refused] = await Promise.allSettled([
      transfer(engine, aliceToBob, 1n),
      transfer(engine, aliceToBob, 1n),
    ]);
    expect(refused?.status).to.equal("rejected");
    expect(engine.told).to.deep.equal(["overloaded poster"]);
    const act = (id: string) => ({
      claim: claimOf(freshKey()),
      resourceId: id,
      run: (context: Parameters<typeof createHolder>[0]) =>
        createHolder(context, { id, email: null, displayName: id }),
    });
    const running = engine.acts.run(act("carol"));
    expect(await reasonOf(engine.acts.run(act("dave")))).to.equal("OVERLOADED");
    expect(engine.told.slice(1)).to.deep.equal(["overloaded acts"]);
    await running;
  });

  it("is told what became of commits that were not answered, of batches and of acts", async () => {
    const proxy = await FaultyNetwork.open(suite.database.url);
    const engine = await another({ doubtMaxMs: 200 }, proxy.url);
    await Promise.all([proxy.breakNextCommit("unanswered"), transfer(engine, aliceToBob, 1n)]);
    await Promise.all([proxy.breakNextCommit("lost"), transfer(engine, aliceToBob, 1n)]);
    const act = {
      claim: claimOf(freshKey()),
      resourceId: "erin",
      run: (context: Parameters<typeof createHolder>[0]) =>
        createHolder(context, { id: "erin", email: null, displayName: "Erin" }),
    };
    await Promise.all([proxy.breakNextCommit("unanswered"), engine.acts.run(act)]);
    const broken = proxy.breakNextCommit("lost", { thenRefuse: true });
    const unknown = reasonOf(transfer(engine, aliceToBob, 1n));
    await broken;
    expect(await unknown).to.equal("OUTCOME_UNKNOWN");
    expect(await reasonOf(transfer(engine, aliceToBob, 1n))).to.equal("DATABASE_UNAVAILABLE");
    expect(engine.told).to.deep.equal([
      "doubted committed",
      "doubted rolled_back",
      "failed premises_gone",
      "doubted committed",
      "doubted unknown",
      "failed unavailable",
    ]);
    await proxy.close();
  });

  it("is told by PostgreSQL's own names what the conflicts were", () => {
    const withCode = (code: string) => Object.assign(new pg.DatabaseError("it failed", 0, "error"), { code });
    const codes = ["40001", "40P01", "55P03", "23505"];
    expect(codes.map((code) => conflictOf(withCode(code)))).to.deep.equal([
      "serialization_failure",
      "deadlock_detected",
      "lock_not_available",
      "unique_violation",
    ]);
  });

  it("tells how many acts wait for their turn", async () => {
    const engine = await another({ actsRunningMax: 1 });
    const stranger = await suite.stranger();
    await stranger.query("begin; lock table holders in share row exclusive mode");
    const make = (id: string) =>
      engine.acts.run({
        claim: claimOf(freshKey()),
        resourceId: id,
        run: (context) => createHolder(context, { id, email: null, displayName: id }),
      });
    const made = ["frank", "grace", "heidi"].map(make);
    await untilBlocked(suite.watcher);
    expect(engine.acts.waiting).to.equal(2);
    await stranger.query("rollback");
    await Promise.all(made);
    expect(engine.acts.waiting).to.equal(0);
  });
});
