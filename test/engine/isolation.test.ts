import { expect } from "chai";
import { acts } from "../support/acts.js";
import { movementOf, topUp } from "../support/engine.js";
import { accept, startWorker } from "../support/queue-worker.js";
import { useSuite } from "../support/suite.js";
import { countOf, until, untilBlocked } from "../support/watch.js";

for (const isolation of ["read committed", "serializable"] as const) {
  describe(`the isolation ${isolation}`, () => {
    const suite = useSuite({ holders: ["alice"], isolation });

    it(`is that of every transaction that changes anything: ${isolation}`, async () => {
      const owner = await suite.stranger();
      await owner.query("create table seen (isolation text)");
      await owner.query(`create function note_isolation() returns trigger language plpgsql security definer as
        'begin insert into seen values (current_setting(''transaction_isolation'')); return null; end'`);
      await owner.query(
        "create trigger note after insert on audit_log for each statement execute function note_isolation()",
      );
      await topUp(suite.engine, "alice", 1n);
      await acts.setWallet(suite.engine, "alice", "FROZEN");
      await acts.setWallet(suite.engine, "alice", "ACTIVE");
      const { rows } = await owner.query("select isolation, count(*) from seen group by 1");
      expect(rows).to.deep.equal([{ isolation, count: "3" }]);
    });

    it(`lets two workers apply the queue in its order, each operation once: ${isolation}`, async () => {
      const ids: string[] = [];
      for (let round = 1n; round <= 20n; round++)
        ids.push(await accept(suite.engine, movementOf("TOP_UP", { to: "alice" }, round)));
      const workers = [startWorker(suite.engine), startWorker(suite.other)];
      await suite.watcher.query("delete from leases");
      await until(
        "the queue is empty",
        async () => (await countOf(suite.watcher, "from operations where complete_time is null")) === 0,
      );
      await Promise.all(workers.map(({ worker }) => worker.stop()));
      const { rows } = await suite.watcher.query<{ id: string }>(
        `select p.transaction_id as id from postings p join wallets w on w.id = p.wallet_id
         where w.holder_id = 'alice' and p.transaction_id = any($1::uuid[]) order by p.posting_seq`,
        [ids],
      );
      expect(rows.map(({ id }) => id)).to.deep.equal(ids);
      expect(workers.flatMap(({ failures }) => failures)).to.deep.equal([]);
    });
  });
}

describe("a wallet that was changed while it was waited for under SERIALIZABLE", () => {
  const suite = useSuite({ holders: ["alice"], limits: { slowTriesMax: 1 }, isolation: "serializable" });

  it("is waited for again at once, and does not take one of the waits that a command has", async () => {
    await topUp(suite.engine, "alice", 1n);
    const stranger = await suite.stranger();
    await stranger.query("begin; update wallets set update_time = update_time where holder_id = 'alice'");
    const blocked = topUp(suite.engine, "alice", 1n);
    await untilBlocked(suite.watcher);
    await stranger.query("commit");
    expect((await blocked).transaction?.state).to.equal("POSTED");
    expect(suite.engine.batches.at(-1)).to.deep.equal({ lane: "slow", size: 1 });
  });
});
