import { expect } from "chai";
import { errorOf, freshKey, openEngine, type TestEngine, topUp, transfer } from "../support/engine.js";
import { useSuite } from "../support/suite.js";
import { balanceOfHolder, countOf, untilBlocked } from "../support/watch.js";

const lockAlice = "begin; select from wallets where holder_id = 'alice' for update";
const aliceToBob = { from: "alice", to: "bob" };
const carolToDave = { from: "carol", to: "dave" };

describe("a wallet that a stranger has locked", () => {
  const suite = useSuite({
    holders: ["alice", "bob", "carol", "dave", "erin"],
    limits: { slowLockTimeoutMs: 150, slowTriesMax: 200 },
  });
  const engines: TestEngine[] = [];
  const another = async (limits: Parameters<typeof openEngine>[1]) => {
    const engine = await openEngine(suite.database.url, limits);
    engines.push(engine);
    return engine;
  };

  before(async () => {
    for (const holder of ["alice", "carol", "dave"]) await topUp(suite.engine, holder, 1_000n);
  });
  afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.close())));

  it("leaves the commands on other wallets alone, in the same batch and in later ones", async () => {
    const stranger = await suite.stranger();
    await stranger.query(lockAlice);
    suite.engine.batches.length = 0;
    const order: string[] = [];
    const blocked = transfer(suite.engine, aliceToBob, 1n).then(() => order.push("blocked"));
    await Promise.all([
      transfer(suite.engine, carolToDave, 1n).then(() => order.push("same batch")),
      topUp(suite.engine, "erin", 1n).then(() => order.push("same batch")),
    ]);
    expect(suite.engine.batches).to.deep.equal([{ lane: "fast", size: 3 }]);
    await untilBlocked(suite.watcher);
    for (let later = 0; later < 20; later++) await transfer(suite.engine, carolToDave, 1n);
    order.push("released");
    await stranger.query("rollback");
    await blocked;
    expect(order).to.deep.equal(["same batch", "same batch", "released", "blocked"]);
    expect(suite.engine.batches.at(-1)).to.deep.equal({ lane: "slow", size: 1 });
  });

  it("leaves the other side of its commands usable", async () => {
    const stranger = await suite.stranger();
    await stranger.query(lockAlice);
    const order: string[] = [];
    const blocked = transfer(suite.engine, aliceToBob, 1n).then(() => order.push("blocked"));
    await untilBlocked(suite.watcher);
    await transfer(suite.engine, { from: "carol", to: "bob" }, 1n);
    await transfer(suite.engine, { from: "bob", to: "carol" }, 1n);
    order.push("released");
    await stranger.query("rollback");
    await blocked;
    expect(order).to.deep.equal(["released", "blocked"]);
  });

  it("is waited for by a retry of its command without stopping the others, and both get one outcome", async () => {
    const patient = await another({ slowLockTimeoutMs: 8_000, fastLockTimeoutMs: 50, attemptsMax: 2 });
    const stranger = await suite.stranger();
    await stranger.query(lockAlice);
    const key = freshKey();
    const before = await balanceOfHolder(suite.watcher, "bob");
    const first = transfer(patient, aliceToBob, 3n, key);
    await untilBlocked(suite.watcher);
    const retry = transfer(patient, aliceToBob, 3n, key);
    await transfer(patient, carolToDave, 1n);
    await stranger.query("rollback");
    const results = await Promise.all([first, retry]);
    expect(results.map(({ replayed }) => replayed)).to.deep.equal([false, true]);
    expect((await balanceOfHolder(suite.watcher, "bob")) - before).to.equal(3n);
  });

  it("is given up after a bounded number of tries, with the key left free", async () => {
    const impatient = await another({ slowLockTimeoutMs: 20, slowTriesMax: 3 });
    const stranger = await suite.stranger();
    await stranger.query(lockAlice);
    const key = freshKey();
    const error = await errorOf(transfer(impatient, aliceToBob, 1n, key));
    expect(error).to.deep.include({ reason: "CONTENTION", metadata: { tries: "3" } });
    expect(error.retryDelayMs).to.be.greaterThan(0);
    expect(await countOf(suite.watcher, "from idempotency_keys where key = $1", [key])).to.equal(0);
    await stranger.query("rollback");
    expect((await transfer(impatient, aliceToBob, 1n, key)).replayed).to.equal(false);
  });

  it("is not mistaken for one that is missing: nobody opens it again", async () => {
    const stranger = await suite.stranger();
    await stranger.query(lockAlice);
    const credited = topUp(suite.engine, "alice", 5n);
    await untilBlocked(suite.watcher);
    await stranger.query("rollback");
    expect((await credited).balances[1]?.version).not.to.equal(1n);
    expect(await countOf(suite.watcher, "from wallets where holder_id = 'alice'")).to.equal(1);
  });
});
