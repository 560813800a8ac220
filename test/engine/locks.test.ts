import { expect } from "chai";
import { freshKey, reasonOf, topUp, transfer } from "../support/engine.js";
import { useSuite } from "../support/suite.js";
import { countOf, untilBlocked } from "../support/watch.js";

const aliceToBob = { from: "alice", to: "bob" };

describe("a batch's locks", () => {
  const suite = useSuite({ holders: ["alice", "bob", "carol"], limits: { fastLockTimeoutMs: 10_000 } });

  before(async () => {
    for (const holder of ["alice", "bob", "carol"]) await topUp(suite.engine, holder, 100n);
  });

  /** Which holders' wallets a second session cannot lock. */
  async function lockedWallets(): Promise<string[]> {
    const session = await suite.stranger();
    const { rows } = await session.query<{ holder_id: string }>(
      `select holder_id from wallets w where holder_id is not null and id not in
         (select id from wallets for update skip locked) order by 1`,
    );
    return rows.map((row) => row.holder_id);
  }

  it("are held on both wallets, and on no other, until it commits", async () => {
    const stranger = await suite.stranger();
    await stranger.query("begin; lock table postings in share row exclusive mode");
    const sent = transfer(suite.engine, aliceToBob, 1n);
    await untilBlocked(suite.watcher, 1, "%insert into postings%");
    expect(await lockedWallets()).to.deep.equal(["alice", "bob"]);
    const session = await suite.stranger();
    const nowait = session.query("select from wallets where holder_id = 'alice' for update nowait");
    expect(await codeOf(nowait)).to.equal("55P03");
    await stranger.query("rollback");
    await sent;
    expect(await lockedWallets()).to.deep.equal([]);
  });

  it("are held before anything is written: a plan is made of what nobody can change", async () => {
    const stranger = await suite.stranger();
    await stranger.query("begin; lock table transactions in share row exclusive mode");
    const sent = transfer(suite.engine, aliceToBob, 1n);
    await untilBlocked(suite.watcher, 1, "%insert into transactions%");
    const session = await suite.stranger();
    const nowait = session.query("select from wallets where holder_id = 'alice' for update nowait");
    expect(await codeOf(nowait)).to.equal("55P03");
    const freeze = session.query("select from assets where code = 'gold' for update nowait");
    expect(await codeOf(freeze)).to.equal("55P03");
    await stranger.query("rollback");
    await sent;
  });

  it("see an asset that is frozen between claim and lock", async () => {
    const stranger = await suite.stranger();
    await stranger.query("begin; select from assets where code = 'gold' for update");
    const key = freshKey();
    const sent = reasonOf(transfer(suite.engine, aliceToBob, 1n, key));
    await untilBlocked(suite.watcher, 1, '%from "assets"%');
    await stranger.query("update assets set status = 'FROZEN' where code = 'gold'; commit");
    expect(await sent).to.equal("ASSET_FROZEN");
    await stranger.query("update assets set status = 'ACTIVE' where code = 'gold'");
    expect(await reasonOf(transfer(suite.other, aliceToBob, 1n, key))).to.equal("ASSET_FROZEN");
    expect(await countOf(suite.watcher, "from transactions where refused_reason = 'ASSET_FROZEN'")).to.equal(
      1,
    );
  });

  it("are taken by a second call with the same key only after the first has its outcome", async () => {
    const stranger = await suite.stranger();
    await stranger.query("begin; lock table postings in share row exclusive mode");
    const key = freshKey();
    const first = transfer(suite.engine, aliceToBob, 1n, key);
    await untilBlocked(suite.watcher, 1, "%insert into postings%");
    const second = transfer(suite.other, aliceToBob, 1n, key);
    await untilBlocked(suite.watcher, 1, "%insert into idempotency_keys%");
    await stranger.query("rollback");
    expect(await second).to.deep.equal({ ...(await first), replayed: true });
  });
});

async function codeOf(query: Promise<unknown>): Promise<string | undefined> {
  return query.then(
    () => undefined,
    (error: { code?: string }) => error.code,
  );
}
