import { expect } from "chai";
import { migrations } from "../../migrations/index.js";
import { migrateDown, migrateUp, migrationStatus } from "../../src/db/schema.js";
import { givenHolders, openEngine, topUp } from "../support/engine.js";
import { expectOracles } from "../support/oracles.js";
import { onServer, type TestDatabase, testDatabase } from "../support/postgres.js";

const all = migrations.map((migration) => new migration().name);

describe("the migrations", () => {
  let database: TestDatabase;

  before(async () => {
    database = await testDatabase();
  });
  afterEach(() => expectOracles(database.url));

  const up = () => migrateUp(database.ownerUrl, "wallet_service");
  async function allDown(): Promise<void> {
    for (const name of all.toReversed()) expect(await migrateDown(database.ownerUrl)).to.equal(name);
  }
  const relations = () =>
    onServer(
      database.superuserUrl,
      `select c.relname, c.relkind, c.relacl::text, pg_get_expr(c.relpartbound, c.oid) as bound,
         (select json_agg(pg_get_constraintdef(k.oid) order by k.conname) from pg_constraint k where k.conrelid = c.oid)
       from pg_class c where c.relnamespace = 'public'::regnamespace order by 1`,
    );

  it("change nothing when the schema is at head", async () => {
    const before = await relations();
    expect(await up()).to.deep.equal([]);
    expect(await relations()).to.deep.equal(before);
  });

  it("go all the way down, leaving nothing, and up again to the same schema", async () => {
    const before = await relations();
    await allDown();
    expect(await migrateDown(database.ownerUrl)).to.equal(null);
    expect((await migrationStatus(database.ownerUrl)).every(({ applied }) => !applied)).to.equal(true);
    const left = (await relations()) as { relname: string }[];
    expect(
      left.map(({ relname }) => relname).filter((name) => !/^(migrations|PK_)/.test(name)),
    ).to.deep.equal([]);
    expect(await up()).to.deep.equal(all);
    expect((await migrationStatus(database.ownerUrl)).every(({ applied }) => applied)).to.equal(true);
    expect(await relations()).to.deep.equal(before);
  });

  it("can be run by many processes at once: one of them migrates, the others find it done", async () => {
    for (let round = 0; round < 3; round++) {
      await allDown();
      const applied = await Promise.all([up(), up(), up(), up()]);
      expect(applied.toSorted((a, b) => b.length - a.length)).to.deep.equal([all, [], [], []]);
    }
  });

  it("can be run while a service works", async () => {
    const engine = await openEngine(database.url);
    await givenHolders(engine, ["alice"]);
    const calls = Array.from({ length: 50 }, () => topUp(engine, "alice", 1n));
    const [results] = await Promise.all([Promise.all(calls), up(), up()]);
    expect(results.at(-1)?.balances[1]?.posted).to.equal(50n);
    await engine.close();
  });

  it("give the transactions that are there already positions in the order of every wallet's versions", async () => {
    const placed = () =>
      onServer<{ id: string }>(database.superuserUrl, "select id from transactions order by position, id");
    const before = await placed();
    expect(before).to.have.lengthOf(50);
    for (const name of all.slice(all.indexOf("Feed1795392000000")).toReversed())
      expect(await migrateDown(database.ownerUrl)).to.equal(name);
    await up();
    expect(await placed()).to.deep.equal(before);
  });
});
