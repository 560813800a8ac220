import { expect } from "chai";
import type pg from "pg";
import { canChangeLedger } from "../../src/db/grants.js";
import { openEngine, topUp } from "../support/engine.js";
import { openSession } from "../support/postgres.js";
import { useSuite } from "../support/suite.js";

describe("the service's role", () => {
  const suite = useSuite({ holders: ["alice"] });
  let service: pg.Client;

  before(async () => {
    await topUp(suite.engine, "alice", 10n);
    service = await openSession(suite.database.url);
  });
  after(() => service.end());

  const codeOf = (sql: string) =>
    service.query(sql).then(
      () => "done",
      (error: { code?: string }) => error.code,
    );

  for (const table of [
    "transactions",
    "postings",
    "audit_log",
    "checkpoints",
    "checkpoint_heads",
    "checkpoint_captures",
  ]) {
    it(`cannot update, delete or truncate ${table}`, async () => {
      const [{ column_name: column }] = (
        await service.query("select column_name from information_schema.columns where table_name = $1", [
          table,
        ])
      ).rows;
      expect(await codeOf(`update ${table} set ${column} = ${column}`)).to.equal("42501");
      expect(await codeOf(`delete from ${table}`)).to.equal("42501");
      expect(await codeOf(`truncate ${table}`)).to.equal("42501");
    });
  }

  it("is the one role of every connection that the service has, and can only add to the audit log", async () => {
    const { rows } = await suite.watcher.query<{ role: string }>(
      `select distinct usename as role from pg_stat_activity
       where datname = current_database() and application_name in ('wallet writer', 'wallet reader')`,
    );
    expect(rows).to.deep.equal([{ role: "wallet_service" }]);
    const { rows: rights } = await suite.watcher.query<{ name: string }>(
      `select name from unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger'])
         as name where has_table_privilege('wallet_service', 'audit_log', name)
       union all select 'update of a column' where has_any_column_privilege('wallet_service', 'audit_log', 'update')`,
    );
    expect(rights.map(({ name }) => name)).to.deep.equal(["select", "insert"]);
  });

  it("cannot reach around a table through its partitions", async () => {
    const { rows } = await service.query<{ name: string }>(
      "select inhrelid::regclass::text as name from pg_inherits where inhparent::regclass::text in ('postings', 'transactions')",
    );
    const partitions = rows
      .map(({ name }) => name)
      .filter((name) => !name.includes("key") && !name.includes("idx"));
    expect(partitions).to.include.members(["postings_0", "transactions_default"]);
    for (const partition of partitions) {
      expect(await codeOf(`delete from ${partition}`), partition).to.equal("42501");
    }
  });

  it("cannot delete wallets, holders, assets or operations, nor change the schema", async () => {
    for (const table of ["wallets", "holders", "assets", "operations"]) {
      expect(await codeOf(`delete from ${table}`)).to.equal("42501");
    }
    expect(await codeOf("drop table postings")).to.equal("42501");
    expect(await codeOf("alter table postings disable trigger all")).to.equal("42501");
    expect(await codeOf("create table mine (id int)")).to.equal("42501");
    expect(await codeOf("set session_replication_role = replica")).to.equal("42501");
  });

  it("cannot change what an anomaly says, only its review and its freeze", async () => {
    for (const column of ["rule", "severity", "wallet_id", "transaction_ids", "summary", "evidence"])
      expect(await codeOf(`update anomalies set ${column} = ${column}`), column).to.equal("42501");
    expect(
      await codeOf(
        "update anomalies set state = state, freeze_state = freeze_state, review_time = review_time",
      ),
    ).to.equal("done");
    expect(await codeOf("delete from anomalies")).to.equal("42501");
  });

  it("is known to be unable to change the ledger, and the owner to be able", async () => {
    expect(await canChangeLedger(suite.engine.database.writer)).to.equal(false);
    const owner = await openEngine(suite.database.ownerUrl);
    expect(await canChangeLedger(owner.database.writer)).to.equal(true);
    await owner.close();
  });
});
