import { expect } from "chai";
import { exportTables } from "../../src/db/export-tables.js";
import { keyed, reasonOf, refusalOf, startApp, type TestApp } from "../support/app.js";
import { givenEveryKind, oddText } from "../support/every-kind.js";
import { givenAsset, givenFunds, givenHolder, ofHolder } from "../support/given.js";
import { expectOracles } from "../support/oracles.js";
import { onServer, type TestDatabase, testDatabase } from "../support/postgres.js";
import { dumpEverything, emptyTarget, exportOf, replayInto } from "../support/recovery.js";

describe("a ledger that was exported and replayed", function () {
  this.timeout(120_000);
  let app: TestApp;
  let exported: Buffer;
  let target: TestDatabase;

  before(async () => {
    app = await startApp();
    await givenEveryKind(app);
    await app.close();
    exported = await exportOf(app.database.url);
    target = await emptyTarget();
    await replayInto(target, exported);
  });
  afterEach(() => expectOracles(target.url));

  it("has every row that it had, to the last byte", async () => {
    const original = await dumpEverything(app.database.url);
    for (const { name } of exportTables)
      expect(original[name], `${name} is not tested`).not.to.deep.equal([]);
    expect(await dumpEverything(target.url)).to.deep.equal(original);
  });

  it("tells the keys that its checkpoints are signed with, and of none where there is no checkpoint", async () => {
    const keys = await onServer<{ id: string }>(
      app.database.url,
      "select distinct key_id as id from checkpoints order by 1",
    );
    expect(keys).not.to.deep.equal([]);
    const { checkpointKeyIds } = await replayInto(await emptyTarget(), exported);
    expect(checkpointKeyIds).to.deep.equal(keys.map(({ id }) => id));
    const bare = await exportOf((await testDatabase()).url);
    expect((await replayInto(await emptyTarget(), bare)).checkpointKeyIds).to.deep.equal([]);
  });

  it("exports the same lines again, but for the header and what the trailer says of it", async () => {
    const again = await exportOf(target.url);
    const inner = (bytes: Buffer) => bytes.toString().split("\n").slice(1, -2);
    expect(inner(again)).to.deep.equal(inner(exported));
    const sums = (bytes: Buffer) => {
      const { header_sha256, ...same } = JSON.parse(bytes.toString().split("\n").at(-2) ?? "").trailer;
      return { same, header_sha256 };
    };
    expect(sums(again).same).to.deep.equal(sums(exported).same);
  });

  it("is rebuilt from a file that arrives in pieces of any size", async () => {
    const other = await emptyTarget();
    const { comparisons } = await replayInto(other, exported, 997);
    expect(comparisons.filter(({ equal }) => !equal)).to.deep.equal([]);
    expect(await dumpEverything(other.url)).to.deep.equal(await dumpEverything(target.url));
  });

  it("replays the keys that were used before, refusals included, and moves nothing for them", async () => {
    const other = await emptyTarget();
    await replayInto(other, exported);
    const rebuilt = await startApp({ database: other });
    try {
      const before = await dumpEverything(other.url);
      const { wallet } = rebuilt.as("service");
      const spend = {
        wallet: ofHolder("alice"),
        amount: { asset: "gold", units: 10n },
        description: oddText,
        metadata: { key: oddText, other: '{"a":[1,2.50]}' },
        externalReference: `ref "x" {é} \\ '`,
      };
      let replayed: string | null = null;
      const onHeader = (headers: Headers) => {
        replayed = headers.get("idempotency-replayed");
      };
      const { transaction } = await wallet.spend(spend, { ...keyed('odd"key\\{},'), onHeader });
      expect(replayed).to.equal("true");
      expect(transaction?.description).to.equal(oddText);
      const refused = await refusalOf(
        wallet.spend(
          { wallet: ofHolder("alice"), amount: { asset: "gold", units: 1_000_000n } },
          keyed("refused"),
        ),
      );
      expect([refused.reason, refused.replayed]).to.deep.equal(["INSUFFICIENT_FUNDS", true]);
      expect(await reasonOf(wallet.spend({ ...spend, metadata: {} }, keyed("a-new-key")))).to.equal(
        "EXTERNAL_REFERENCE_USED",
      );
      expect((await dumpEverything(other.url)).postings).to.deep.equal(before.postings);
    } finally {
      await rebuilt.close();
      await expectOracles(other.url);
    }
  });

  it("is found sound, up to the checkpoints that were made before the export", async () => {
    const other = await emptyTarget();
    await replayInto(other, exported);
    const checkpoints = await onServer<{ key: string }>(other.url, "select key_id as key from checkpoints");
    const env = { CHECKPOINT_TRUSTED_KEY_IDS: checkpoints.map(({ key }) => key).join(",") };
    const rebuilt = await startApp({ database: other, env });
    try {
      const events: unknown[] = [];
      for await (const { event } of rebuilt.as("auditor").admin.checkIntegrity({})) {
        if (event.case === "finding") events.push(event.value);
        if (event.case === "verdict") events.push(event.value.ok);
      }
      expect(events).to.deep.equal([true]);
    } finally {
      await rebuilt.close();
      await expectOracles(other.url);
    }
  });

  it("goes on: new transfers continue its chains, and the queue is applied", async () => {
    const other = await emptyTarget();
    await replayInto(other, exported);
    const rebuilt = await startApp({ database: other, queue: {} });
    try {
      const { wallet } = rebuilt.as("service");
      const { balances } = await wallet.transfer(
        { source: ofHolder("alice"), destination: ofHolder("bob"), amount: { asset: "gold", units: 3n } },
        keyed(),
      );
      expect(balances).to.have.lengthOf(2);
      for await (const { event } of wallet.watchOperation({ idempotencyKey: "queued-3" })) {
        if (event.case === "operation" && event.value.completeTime !== undefined) break;
      }
    } finally {
      await rebuilt.close();
      await expectOracles(other.url);
    }
  });
});

describe("an export of a service at work", () => {
  it("is one consistent moment of it, holds no writer up, and replays equal", async () => {
    const app = await startApp();
    const { url } = app.database;
    try {
      await givenAsset(app, "gold");
      for (const holder of ["alice", "bob"]) await givenHolder(app, holder);
      for (const holder of ["alice", "bob"]) await givenFunds(app, holder, "gold", 1_000n);
      const { wallet } = app.as("service");
      let stopped = false;
      let done = 0;
      const work = async ([from, to]: [string, string]) => {
        const amount = { asset: "gold", units: 1n };
        while (!stopped) {
          await wallet.transfer({ source: ofHolder(from), destination: ofHolder(to), amount }, keyed());
          done++;
        }
      };
      const workers = [work(["alice", "bob"]), work(["bob", "alice"]), work(["alice", "bob"])];
      const exports: Buffer[] = [];
      const doneAt: number[] = [];
      for (let round = 0; round < 2; round++) {
        exports.push(await exportOf(url));
        doneAt.push(done);
      }
      stopped = true;
      await Promise.all(workers);
      expect(doneAt.at(-1), "nothing moved while the ledger was exported").to.be.greaterThan(doneAt[0] ?? 0);
      for (const bytes of exports) {
        const target = await emptyTarget();
        await replayInto(target, bytes);
        await expectOracles(target.url);
      }
    } finally {
      await app.close();
      await expectOracles(url);
    }
  });
});

describe("the transactions of a replayed ledger", () => {
  it("are in the partitions of their months, also of months long before the schema was made", async () => {
    const source = await testDatabase();
    const old = "0176bb3e-7bfe-7000-8000-000000000001";
    await onServer(
      source.ownerUrl,
      `insert into transactions (id, type, state, wallet_ids, posting_seqs, refused_reason, initiated_by, request_id,
         create_time, position) values ($1, 'SPEND', 'REFUSED', '{}', '{}', 'ASSET_NOT_FOUND', 'x', 'x', now(), 1)`,
      [old],
    );
    const partition = "select tableoid::regclass::text as name from transactions where id = $1";
    expect(await onServer(source.url, partition, [old])).to.deep.equal([{ name: "transactions_default" }]);
    const target = await emptyTarget();
    await replayInto(target, await exportOf(source.url));
    expect(await onServer(target.url, partition, [old])).to.deep.equal([{ name: "transactions_2021_01" }]);
  });
});
