import { expect } from "chai";
import { exportTables, filledByMigrations, leftBehind, nestedTable } from "../../src/db/export-tables.js";
import { monthsBetween } from "../../src/db/partitions.js";
import { onServer, testDatabase } from "../support/postgres.js";

describe("the tables of an export", () => {
  it("are all tables of the schema, but for those that are left behind for a reason", async () => {
    const { url } = await testDatabase();
    const tables = await onServer<{ name: string }>(
      url,
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
         and not relispartition`,
    );
    const known = [...exportTables.map(({ name }) => name), nestedTable, ...Object.keys(leftBehind)];
    expect(tables.map(({ name }) => name).sort()).to.deep.equal(known.sort());
  });

  it("are empty in a new schema, but for those that its migrations are known to fill", async () => {
    const { url } = await testDatabase();
    const filled: string[] = [];
    for (const name of [...exportTables.map((table) => table.name), nestedTable]) {
      if ((await onServer(url, `select from ${name} limit 1`)).length > 0) filled.push(name);
    }
    expect(filled.sort()).to.deep.equal([...filledByMigrations].sort());
  });

  it("come in an order in which what others refer to is there first", async () => {
    const { url } = await testDatabase();
    const references = await onServer<{ from: string; to: string }>(
      url,
      `select distinct conrelid::regclass::text as from, confrelid::regclass::text as to from pg_constraint
       where contype = 'f' and conparentid = 0`,
    );
    // The postings travel with the transactions.
    const places = exportTables.map(({ name }) => (name === "transactions" ? nestedTable : name));
    expect(references).not.to.deep.equal([]);
    for (const { from, to } of references)
      expect(places.indexOf(to), `${from} to ${to}`).to.be.lessThan(places.indexOf(from));
  });

  it("are ordered by columns that no two rows share", async () => {
    const { url } = await testDatabase();
    const keys = await onServer<{ name: string; columns: string[] }>(
      url,
      `select indrelid::regclass::text as name, array_agg(attname::text order by attname) as columns
       from pg_index join pg_attribute on attrelid = indrelid and attnum = any(indkey) where indisprimary group by 1`,
    );
    for (const { name, order } of exportTables) {
      const key = keys.find((one) => one.name === name)?.columns ?? [];
      expect(
        key.every((column) => order.includes(column)),
        `${name} by ${order}`,
      ).to.equal(key.length > 0);
    }
  });
});

describe("the months of a ledger", () => {
  const lowest = (text: string) =>
    `${Date.parse(text)
      .toString(16)
      .padStart(12, "0")
      .replace(/^(.{8})/, "$1-")}-7000-8000-000000000000`;
  const months = (from: string, to: string) =>
    monthsBetween(from, to).map((month) => month.toISOString().slice(0, 7));

  it("are those that its ids tell, the first and the last among them", () => {
    expect(months(lowest("2025-11-30T23:59:59.999Z"), lowest("2026-02-01T00:00:00Z"))).to.deep.equal([
      "2025-11",
      "2025-12",
      "2026-01",
      "2026-02",
    ]);
  });

  it("are none when ids tell no time, or times that are not true", () => {
    const now = lowest("2026-01-01T00:00:00Z");
    expect(months("0197a000-0000-4000-8000-000000000000", now)).to.deep.equal([]);
    expect(months(lowest("1970-01-01T00:00:00Z"), "ffffffff-ffff-7fff-bfff-ffffffffffff")).to.deep.equal([]);
  });
});
