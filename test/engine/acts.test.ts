import { expect } from "chai";
import { acts } from "../support/acts.js";
import { errorOf, freshKey, openEngine, reasonOf, topUp, transfer } from "../support/engine.js";
import { authorize } from "../support/holds.js";
import { onServer } from "../support/postgres.js";
import { useSuite } from "../support/suite.js";
import { countOf, untilBlocked } from "../support/watch.js";

describe("an act", () => {
  const suite = useSuite({ holders: ["alice", "bob"], limits: { slowLockTimeoutMs: 10_000 } });

  before(() => topUp(suite.engine, "alice", 100n));

  it("is done once under one key, and answers as it did first even after later changes", async () => {
    const key = freshKey();
    const first = await acts.setWallet(suite.engine, "alice", "FROZEN", key);
    await acts.setWallet(suite.engine, "alice", "ACTIVE");
    const again = await acts.setWallet(suite.other, "alice", "FROZEN", key);
    expect(again).to.deep.equal({ result: first.result, replayed: true });
    expect((await transfer(suite.engine, { from: "alice", to: "bob" }, 1n)).transaction?.state).to.equal(
      "POSTED",
    );
  });

  it("replays its refusal, even when it could be done now", async () => {
    const key = freshKey();
    const first = await errorOf(acts.createWallet(suite.engine, "carol", key));
    expect(first.reason).to.equal("HOLDER_NOT_FOUND");
    await acts.createHolder(suite.engine, "carol", null);
    const again = await errorOf(acts.createWallet(suite.other, "carol", key));
    expect({ ...again }).to.deep.equal({ ...first, replayed: true });
    expect((await acts.createWallet(suite.other, "carol")).result.version).to.equal(1n);
  });

  it("is refused under the key of another request, act or movement", async () => {
    const key = freshKey();
    await acts.createHolder(suite.engine, "dave", null, key);
    expect(await reasonOf(acts.createHolder(suite.other, "erin", null, key))).to.equal(
      "IDEMPOTENCY_KEY_REUSED",
    );
    expect(await reasonOf(topUp(suite.engine, "alice", 1n, key))).to.equal("IDEMPOTENCY_KEY_REUSED");
    expect(await countOf(suite.watcher, "from holders where id = 'erin'")).to.equal(0);
    const moved = freshKey();
    await topUp(suite.engine, "alice", 1n, moved);
    expect(await reasonOf(acts.createHolder(suite.engine, "erin", null, moved))).to.equal(
      "IDEMPOTENCY_KEY_REUSED",
    );
  });

  it("that two processes run at once under one key is done by one and replayed by the other", async () => {
    const stranger = await suite.stranger();
    await stranger.query("begin; lock table audit_log in share row exclusive mode");
    const key = freshKey();
    const both = [suite.engine, suite.other].map((engine) => acts.createAsset(engine, "silver", key));
    await untilBlocked(suite.watcher, 2);
    await stranger.query("rollback");
    const [one, two] = await Promise.all(both);
    expect(one?.result).to.deep.equal(two?.result);
    expect([one?.replayed, two?.replayed]).to.have.members([true, false]);
    expect(await countOf(suite.watcher, "from wallets where asset = 'silver'")).to.equal(5);
  });

  it("that two processes run at once under two keys is done by one and refused to the other", async () => {
    const calls = [suite.engine, suite.other].map((engine) => acts.createAsset(engine, "bronze"));
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map(({ status }) => status)).to.have.members(["fulfilled", "rejected"]);
    const refused = outcomes.find((outcome) => outcome.status === "rejected");
    expect(refused?.reason).to.deep.include({ reason: "ASSET_EXISTS" });
  });

  it("that is refused leaves nothing but its outcome and its audit entry", async () => {
    const key = freshKey();
    await acts.createHolder(suite.engine, "taken", "taken@example.org");
    expect(await reasonOf(acts.createHolder(suite.engine, "half", "taken@example.org", key))).to.equal(
      "EMAIL_TAKEN",
    );
    expect(await countOf(suite.watcher, "from holders where id = 'half'")).to.equal(0);
    expect(
      await countOf(
        suite.watcher,
        "from audit_log where resource_id = 'half' and error_reason = 'EMAIL_TAKEN'",
      ),
    ).to.equal(1);
    expect(await countOf(suite.watcher, "from idempotency_keys where key = $1", [key])).to.equal(1);
  });

  it("meets a first credit that opens the same wallet: one of them opens it", async () => {
    await acts.createHolder(suite.engine, "frank", null);
    const stranger = await suite.stranger();
    await stranger.query("begin; lock table outbox in share row exclusive mode");
    const created = acts.createWallet(suite.engine, "frank");
    await untilBlocked(suite.watcher, 1, "%insert into outbox%");
    const credited = transfer(suite.other, { from: "alice", to: "frank" }, 1n);
    await untilBlocked(suite.watcher, 2);
    await stranger.query("rollback");
    expect((await created).result).to.include({ version: 1n, balance: 0n });
    expect((await credited).balances[1]).to.include({ posted: 1n, version: 2n });
  });

  /** Does an act while somebody else has a wallet locked; tells the time when its lock was given back, in microseconds. */
  async function kept<Done>(
    holderId: string,
    act: () => Promise<Done>,
    meanwhile: () => Promise<unknown>,
  ): Promise<{ done: Done; until: bigint }> {
    const stranger = await suite.stranger();
    await stranger.query("begin");
    await stranger.query("select from wallets where holder_id = $1 for update", [holderId]);
    const waiting = act();
    await untilBlocked(suite.watcher, 1);
    await meanwhile();
    const { rows } = await suite.watcher.query<{ now: string }>(
      "select (extract(epoch from clock_timestamp()) * 1000000)::bigint::text as now",
    );
    await stranger.query("commit");
    return { done: await waiting, until: BigInt(rows[0]?.now ?? "") };
  }

  it("that waited for a wallet knows the holds of it that expired meanwhile, and has the time of its turn", async () => {
    await acts.createHolder(suite.engine, "erik", null);
    await topUp(suite.engine, "erik", 50n);
    const { id } = await authorize(suite.engine, "erik", 50n);
    const { done, until } = await kept(
      "erik",
      () => acts.setWallet(suite.engine, "erik", "FROZEN"),
      () =>
        onServer(suite.database.ownerUrl, "update holds set expire_time = clock_timestamp() where id = $1", [
          id,
        ]),
    );
    expect(done.result).to.include({ status: "FROZEN", balance: 50n, held: 0n });
    expect(done.result.updateTime >= until).to.equal(true);
  });

  it("on a holder, or on the limits of a wallet, that waited for a wallet has the time of its turn", async () => {
    await acts.createHolder(suite.engine, "olaf", null);
    await topUp(suite.engine, "olaf", 50n);
    const nothing = async () => {};
    const changes = [
      () => acts.setHolder(suite.engine, "olaf", "SUSPENDED"),
      () => acts.setLimits(suite.engine, "olaf", { maxBalance: 70n }),
    ];
    for (const change of changes) {
      const { done, until } = await kept<{ result: { updateTime: bigint } }>("olaf", change, nothing);
      expect(done.result.updateTime >= until).to.equal(true);
    }
  });

  it("is refused at once when too many wait", async () => {
    const small = await openEngine(suite.database.url, { actsRunningMax: 1, actsWaitingMax: 1 });
    const calls = [1, 2].map((n) => acts.createHolder(small, `queued ${n}`, null));
    expect(await reasonOf(acts.createHolder(small, "queued 3", null))).to.equal("OVERLOADED");
    expect((await Promise.all(calls)).map(({ replayed }) => replayed)).to.deep.equal([false, false]);
    await small.close();
  });
});
