import { expect } from "chai";
import { beginCapture, captureHeads } from "../../src/db/checkpoint-writes.js";
import { findCheckpoint, listCheckpoints } from "../../src/db/checkpoints.js";
import { Session } from "../../src/db/session.js";
import { provePosting } from "../../src/engine/posting-proofs.js";
import { headLeaf } from "../../src/ledger/checkpoint.js";
import { isSigned } from "../../src/ledger/checkpoint-key.js";
import { merkleRoot } from "../../src/ledger/merkle.js";
import { flawOf } from "../../src/ledger/posting-proof.js";
import { holderWalletId } from "../../src/ledger/wallet.js";
import { checkpointerOf, checkpointKey, sealLedger } from "../support/checkpoints.js";
import { claimOf, freshKey, topUp, transfer } from "../support/engine.js";
import { checkLedger, stepsOf } from "../support/integrity.js";
import { tamper } from "../support/postgres.js";
import { useSuite } from "../support/suite.js";
import { countOf, untilBlocked } from "../support/watch.js";

const aliceToBob = { from: "alice", to: "bob" };

describe("a checkpoint of the ledger", () => {
  const suite = useSuite({ holders: ["alice", "bob", "carol"] });
  const reader = () => suite.engine.database.reader;

  before(async () => {
    for (const holder of ["alice", "bob"]) await topUp(suite.engine, holder, 1_000n);
  });

  /** The root over the heads that the wallets have now, by a plain reading of the definition. */
  async function rootNow(): Promise<string> {
    const { rows } = await suite.watcher.query<{ id: string; posting_seq: string; chain_head: Buffer }>(
      "select id, posting_seq, chain_head from wallets order by id",
    );
    const heads = rows.map((row) => ({
      walletId: row.id,
      postingSeq: BigInt(row.posting_seq),
      chainHead: row.chain_head,
    }));
    return merkleRoot(heads.map(headLeaf)).toString("hex");
  }

  it("seals the root over the heads of all wallets, also those without a posting", async () => {
    const sealed = await sealLedger(checkpointerOf(suite.engine));
    expect(isSigned(sealed)).to.equal(true);
    expect(sealed.keyId).to.equal(checkpointKey.keyId);
    expect(sealed.merkleRoot.toString("hex")).to.equal(await rootNow());
    expect(sealed.walletCount).to.equal(BigInt(await countOf(suite.watcher, "from wallets")));
    expect(sealed.postingCount).to.equal(BigInt(await countOf(suite.watcher, "from postings")));
    expect(await findCheckpoint(reader(), sealed.id)).to.deep.include(sealed);
  });

  it("follows the one before it, keeps only the heads that have changed, and never goes back in time", async () => {
    const checkpointer = checkpointerOf(suite.engine);
    const first = await sealLedger(checkpointer);
    const heads = await countOf(suite.watcher, "from checkpoint_heads");
    await transfer(suite.engine, aliceToBob, 1n);
    const second = await sealLedger(checkpointer);
    expect(second.previousCheckpointId).to.equal(first.id);
    expect(second.createTime > first.createTime).to.equal(true);
    expect(await countOf(suite.watcher, "from checkpoint_heads")).to.equal(heads + 2);
    const third = await sealLedger(checkpointer);
    expect(third.merkleRoot).to.deep.equal(second.merkleRoot);
    expect(await countOf(suite.watcher, "from checkpoint_heads")).to.equal(heads + 2);
  });

  it("is made once for a key, however often it comes", async () => {
    const checkpointer = checkpointerOf(suite.engine);
    const key = freshKey();
    const request = () => checkpointer.create({ claim: claimOf(key), deadlineMs: undefined });
    const first = await request();
    await transfer(suite.engine, aliceToBob, 1n);
    const before = await countOf(suite.watcher, "from checkpoint_captures");
    const again = await request();
    expect([first.replayed, again.replayed]).to.deep.equal([false, true]);
    expect(again.result).to.deep.equal(first.result);
    expect(await countOf(suite.watcher, "from checkpoint_captures")).to.equal(before);
  });

  it("is one in a chain without forks, whichever processes make them at once", async () => {
    const checkpointers = [suite.engine, suite.other].map(checkpointerOf);
    const before = await countOf(suite.watcher, "from checkpoints");
    const made = await Promise.all(
      Array.from({ length: 6 }, async (_, index) => {
        await transfer(suite.engine, aliceToBob, 1n);
        const checkpointer = checkpointers[index % 2];
        if (checkpointer === undefined) throw new Error("there are two");
        return sealLedger(checkpointer);
      }),
    );
    const all = await listCheckpoints(reader(), { before: null, limit: 500 });
    expect(all).to.have.lengthOf(before + made.length);
    expect(all.map(({ previousCheckpointId }) => previousCheckpointId)).to.deep.equal([
      ...all.slice(1).map(({ id }) => id),
      null,
    ]);
    const times = all.map(({ createTime }) => createTime);
    expect(times).to.deep.equal(times.toSorted((a, b) => (a > b ? -1 : 1)));
  });

  it("seals one instant, while others move value", async () => {
    const checkpointer = checkpointerOf(suite.engine);
    let moving = true;
    const movers = [suite.engine, suite.other].map(async (engine) => {
      while (moving) await transfer(engine, aliceToBob, 1n);
    });
    const sealed = [];
    for (let round = 0; round < 5; round++) sealed.push(await sealLedger(checkpointer));
    moving = false;
    await Promise.all(movers);
    for (const { id } of sealed) {
      const { rows } = await suite.watcher.query(
        `select p.transaction_id from checkpoints c
         join lateral (select distinct on (wallet_id) wallet_id, posting_seq from checkpoint_heads
           where capture <= c.capture order by wallet_id, capture desc) h on true
         join postings p on p.wallet_id = h.wallet_id and p.posting_seq <= h.posting_seq
         where c.id = $1 group by 1 having sum(p.amount) <> 0`,
        [id],
      );
      expect(rows, "transactions of which a part only is sealed").to.deep.equal([]);
    }
  });

  it("makes nobody wait while it captures the heads", async () => {
    const { database } = suite.other;
    await Session.use(database.writer.createQueryRunner(), async (session) => {
      session.begin({ isolation: "repeatable read", lockTimeoutMs: 1_000, statementTimeoutMs: 1_000 });
      const { number } = await beginCapture(session);
      await captureHeads(session, number, { after: null, size: 1_000 });
      await transfer(suite.engine, aliceToBob, 1n);
      await topUp(suite.engine, "carol", 1n);
    });
  });

  it("waits for a capture that is under way elsewhere, and then takes a later snapshot", async () => {
    const stranger = await suite.stranger();
    await stranger.query(
      `begin; insert into checkpoint_captures (number, create_time)
       select coalesce(max(number), 0) + 1, clock_timestamp() from checkpoint_captures`,
    );
    const sealing = sealLedger(checkpointerOf(suite.engine));
    await untilBlocked(suite.watcher, 1, "%insert into checkpoint_captures%");
    await transfer(suite.engine, aliceToBob, 1n);
    await stranger.query("commit");
    expect((await sealing).merkleRoot.toString("hex")).to.equal(await rootNow());
  });

  it("is right after a capture that was never sealed, and proves postings between the two", async () => {
    const { database } = suite.other;
    const unsealed = async () =>
      Session.use(database.writer.createQueryRunner(), async (session) => {
        session.begin({ isolation: "repeatable read", lockTimeoutMs: 1_000, statementTimeoutMs: 1_000 });
        const { number } = await beginCapture(session);
        await captureHeads(session, number, { after: null, size: 1_000 });
        await session.commit();
      });
    const { postings } = await transfer(suite.engine, aliceToBob, 1n);
    await unsealed();
    await transfer(suite.engine, aliceToBob, 1n);
    const sealed = await sealLedger(checkpointerOf(suite.engine));
    expect(sealed.merkleRoot.toString("hex")).to.equal(await rootNow());
    const [posting] = postings;
    if (posting === undefined) throw new Error("a transfer has postings");
    const { walletId, postingSeq } = posting;
    const proof = await provePosting(reader(), { walletId, postingSeq, checkpointId: null });
    expect(proof.checkpoint.id).to.equal(sealed.id);
    expect(proof.laterCanonicalPostings).to.have.lengthOf(1);
  });

  it("proves every posting that it seals, by itself and by the oldest one that does", async () => {
    const walletId = holderWalletId("gold", "alice");
    const newest = await sealLedger(checkpointerOf(suite.engine));
    const count = await countOf(suite.watcher, "from postings where wallet_id = $1", [walletId]);
    for (let number = 1; number <= count; number++) {
      const postingSeq = BigInt(number);
      for (const checkpointId of [null, newest.id]) {
        const proof = await provePosting(reader(), { walletId, postingSeq, checkpointId });
        expect(flawOf(proof)).to.equal(null);
        expect(proof.posting.postingSeq).to.equal(postingSeq);
        if (checkpointId !== null) expect(proof.checkpoint.id).to.equal(checkpointId);
      }
    }
  });
});

describe("a checkpoint over thousands of wallets", () => {
  const suite = useSuite({ holders: [] });
  const holders = Array.from({ length: 2_500 }, (_, index) => `holder-${index}`);

  it("has the root over all of them, and proofs that lead there from any of its subtrees", async function () {
    this.timeout(120_000);
    const owner = await suite.stranger();
    await owner.query(
      `insert into holders (id, display_name, create_time, update_time)
       select id, id, clock_timestamp(), clock_timestamp() from unnest($1::text[]) as id`,
      [holders],
    );
    await Promise.all(holders.map((holder) => topUp(suite.engine, holder, 1n)));
    const sealed = await sealLedger(checkpointerOf(suite.engine));
    expect(sealed.walletCount).to.equal(2_505n);
    expect(await countOf(suite.watcher, "from checkpoint_subtrees")).to.equal(3);
    const { rows } = await suite.watcher.query<{ id: string; posting_seq: string; chain_head: Buffer }>(
      "select id, posting_seq, chain_head from wallets order by id",
    );
    const leaves = rows.map(({ id, posting_seq, chain_head }) =>
      headLeaf({ walletId: id, postingSeq: BigInt(posting_seq), chainHead: chain_head }),
    );
    expect(sealed.merkleRoot).to.deep.equal(merkleRoot(leaves));
    for (let index = 0; index < rows.length; index += 97) {
      const row = rows[index];
      if (row === undefined || row.posting_seq === "0") continue;
      const request = { walletId: row.id, postingSeq: BigInt(row.posting_seq), checkpointId: null };
      const proof = await provePosting(suite.engine.database.reader, request);
      expect(flawOf(proof)).to.equal(null);
    }
    const limits = { ...stepsOf(50), rowsMax: 3_000 };
    expect((await checkLedger(suite.database.url, { limits })).findings).to.deep.equal([]);
    const last = "(select max(first_wallet_id::text)::uuid from checkpoint_subtrees)";
    const noHead = "posting_seq = 0, chain_head = decode(repeat('00', 32), 'hex')";
    await tamper(suite.database, `update checkpoint_heads set ${noHead} where wallet_id = ${last}`);
    const { findings } = await checkLedger(suite.database.url, { limits });
    await tamper(
      suite.database,
      `update checkpoint_heads h set posting_seq = w.posting_seq, chain_head = w.chain_head from wallets w
       where w.id = h.wallet_id and h.wallet_id = ${last}`,
    );
    const wanted = ["CHECKPOINT", sealed.id];
    expect(findings.map(({ rule, checkpointId }) => [rule, checkpointId])).to.deep.equal([wanted, wanted]);
  });
});
