import { expect } from "chai";
import type { IntegrityFinding } from "../../../src/ledger/integrity.js";
import { holderWalletId } from "../../../src/ledger/wallet.js";
import { checkpointerOf, checkpointKey, sealLedger } from "../../support/checkpoints.js";
import { givenHolders, openEngine, topUp, transfer } from "../../support/engine.js";
import { checkLedger, stepsOf } from "../../support/integrity.js";
import { expectOracles } from "../../support/oracles.js";
import { copyOf, onServer, type TestDatabase, tamper, testDatabase } from "../../support/postgres.js";

const alice = holderWalletId("gold", "alice");
const aliceToBob = { from: "alice", to: "bob" };

describe("an integrity check of a ledger with checkpoints", () => {
  let database: TestDatabase;
  let ids: string[];

  before(async () => {
    database = await testDatabase();
    const engine = await openEngine(database.url);
    await givenHolders(engine, ["alice", "bob"]);
    const checkpointer = checkpointerOf(engine);
    await topUp(engine, "alice", 100n);
    ids = [];
    for (let round = 0; round < 3; round++) {
      for (let turn = 0; turn < 2; turn++) await transfer(engine, aliceToBob, 1n);
      ids.push((await sealLedger(checkpointer)).id);
    }
    await transfer(engine, aliceToBob, 1n);
    await engine.close();
  });
  after(() => expectOracles(database.url));

  /** What a check finds of a copy that was damaged, about checkpoints. */
  async function found(sql: string, asset: string | null = null): Promise<IntegrityFinding[]> {
    const copy = await copyOf(database);
    await tamper(copy, sql);
    const { findings } = await checkLedger(copy.url, {
      asset,
      limits: stepsOf(3),
      trustedKeyIds: [checkpointKey.keyId],
    });
    await onServer(database.superuserUrl, `drop database ${new URL(copy.url).pathname.slice(1)}`);
    return findings.filter(({ rule }) => rule === "CHECKPOINT");
  }

  it("finds nothing in a sound one, whatever the size of its steps", async () => {
    for (const rows of [1, 2, 1_000]) {
      const checked = { limits: stepsOf(rows), trustedKeyIds: [checkpointKey.keyId] };
      expect((await checkLedger(database.url, checked)).findings).to.deep.equal([]);
    }
  });

  it("says which postings a checkpoint seals are gone", async () => {
    const findings = await found(`delete from postings where wallet_id = '${alice}' and posting_seq > 3`);
    expect(findings.map(({ message }) => message)).to.deep.equal([
      `Checkpoint ${ids[1]} seals wallet ${alice} up to posting 5; posting 4 is missing.`,
    ]);
    expect(findings[0]).to.deep.include({
      walletId: alice,
      postingSeq: 4n,
      checkpointId: ids[1],
      asset: "gold",
    });
  });

  it("says between which seals a wallet was written anew", async () => {
    const findings = await found(
      `update postings set hash = sha256(hash) where wallet_id = '${alice}' and posting_seq >= 4`,
    );
    expect(findings).to.have.lengthOf(1);
    expect(findings[0]?.message).to.include("something in postings 4 to 5 was written anew");
    expect(findings[0]).to.deep.include({ walletId: alice, postingSeq: 5n, checkpointId: ids[1] });
  });

  it("says that a wallet is gone, and that one is behind what was sealed", async () => {
    const [gone] = await found(
      `delete from postings where wallet_id = '${alice}'; delete from wallets where id = '${alice}'`,
    );
    expect(gone?.message).to.equal(`Wallet ${alice}, which checkpoint ${ids[0]} seals, is missing.`);
    const [behind] = await found(`update wallets set posting_seq = 4 where id = '${alice}'`);
    expect(behind).to.deep.include({ walletId: alice, postingSeq: 5n, expected: "5", actual: "4" });
  });

  it("says that a kept head does not lead to the sealed root, of every checkpoint that it counts for", async () => {
    const findings = await found(
      `delete from checkpoint_heads where wallet_id = '${alice}' and capture = (select min(capture) + 1 from checkpoints)`,
    );
    expect(findings.map(({ checkpointId }) => checkpointId)).to.deep.equal([ids[1], ids[1]]);
    expect(findings[0]?.message).to.include("are not those that checkpoint");
  });

  it("says that a checkpoint is gone from between two others", async () => {
    const findings = await found(`delete from checkpoints where id = '${ids[1]}'`);
    expect(findings).to.have.lengthOf(1);
    expect(findings[0]).to.deep.include({ checkpointId: ids[2], expected: ids[1], actual: ids[0] });
  });

  it("trusts the keys that it was told of, and any where it was told of none", async () => {
    const check = async (trustedKeyIds: readonly string[]) =>
      (await checkLedger(database.url, { trustedKeyIds })).findings.map(({ checkpointId }) => checkpointId);
    const other = "0".repeat(64);
    expect(await check([])).to.deep.equal([]);
    expect(await check([other, checkpointKey.keyId])).to.deep.equal([]);
    expect(await check([other])).to.deep.equal(ids.toReversed());
  });

  it("of one asset looks at the kept heads of its wallets, and leaves the checkpoints out", async () => {
    const sql = `update checkpoint_heads set chain_head = sha256(chain_head) where wallet_id = '${alice}';
      update checkpoints set signature = sha512(signature)`;
    expect((await found(sql, "gold")).map(({ walletId }) => walletId)).to.include(alice);
    expect((await found(sql, "gold")).filter(({ walletId }) => walletId === null)).to.deep.equal([]);
  });

  it("finds nothing while others move value and make checkpoints", async () => {
    const busy = await copyOf(database);
    const engine = await openEngine(busy.url);
    let moving = true;
    const checkpointer = checkpointerOf(engine);
    const movers = [
      async () => {
        while (moving) await topUp(engine, "alice", 1n);
      },
      async () => {
        while (moving) await sealLedger(checkpointer);
      },
    ].map((work) => work());
    for (let round = 0; round < 3; round++)
      expect((await checkLedger(busy.url, { limits: stepsOf(200) })).findings).to.deep.equal([]);
    moving = false;
    await Promise.all(movers);
    await engine.close();
    await expectOracles(busy.url);
  });
});
