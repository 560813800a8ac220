import pg from "pg";
import { migrateUp } from "../src/db/schema.js";
import { startTemporary, type TemporaryDatabase } from "../src/embedded/temporary.js";
import { givenHolders } from "../test/support/engine.js";
import { fundHolders } from "./fund.js";

/** So much that no transfer of one unit is ever refused. */
const openingUnits = 1_000_000_000n;

/** One PostgreSQL with a prepared ledger, of which every server under test gets a copy. */
export interface Databases {
  /** The version, and the settings that durability rests on. */
  readonly facts: Record<string, string>;
  /** The first process of PostgreSQL, which starts all its others. */
  readonly pid: number;
  /**
   * Makes a database of this name, and returns the URL of the service's role.
   *
   * @param from a copy that nobody is connected to; unset: the ledger as it was prepared.
   */
  copy(name: string, from?: string): Promise<string>;
  /** A database with the schema and nothing in it: how the service and its owner connect to it. */
  empty(name: string): Promise<{ url: string; ownerUrl: string }>;
  /**
   * Vacuums and analyzes a database, as autovacuum does in time, and writes out what is in memory, so that what is
   * measured next does not pay for what was made before.
   */
  vacuum(name: string): Promise<void>;
  drop(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts PostgreSQL as the service embeds it, with 1,000 funded wallets of one asset. */
export async function openDatabases(): Promise<Databases> {
  const server = await startTemporary();
  try {
    await migrateUp(server.ownerUrl, "wallet_service");
    await fundHolders(server.url, { units: openingUnits, give: givenHolders });
    return {
      facts: await durableFacts(server),
      pid: await processOf(server),
      copy: async (name, from = "wallet") => {
        await ask(server.superuserUrl, `create database ${name} template ${from} owner wallet_owner`);
        return onDatabase(server.url, name);
      },
      empty: async (name) => {
        await ask(server.superuserUrl, `create database ${name} owner wallet_owner`);
        const ownerUrl = onDatabase(server.ownerUrl, name);
        await migrateUp(ownerUrl, "wallet_service");
        return { url: onDatabase(server.url, name), ownerUrl };
      },
      vacuum: async (name) => {
        const url = onDatabase(server.superuserUrl, name);
        for (const statement of ["vacuum analyze", "checkpoint"]) await ask(url, statement);
      },
      drop: async (name) => {
        await ask(server.superuserUrl, `drop database ${name} (force)`);
      },
      stop: server.stop,
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function onDatabase(url: string, name: string): string {
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}

/** The number of movements that a database holds. */
export async function countMovements(url: string): Promise<number> {
  const rows = await ask<{ count: string }>(url, "select count(*) from transactions where state = 'POSTED'");
  return Number(rows[0]?.count);
}

/** Its file is there as long as the server runs, and begins with the process. */
async function processOf({ superuserUrl }: TemporaryDatabase): Promise<number> {
  const [row] = await ask<{ file: string }>(superuserUrl, "select pg_read_file('postmaster.pid') as file");
  return Number.parseInt(row?.file ?? "", 10);
}

/** A figure that was bought by giving up durability would be worth nothing. */
async function durableFacts(server: TemporaryDatabase): Promise<Record<string, string>> {
  const facts: Record<string, string> = {};
  for (const name of ["server_version", "fsync", "synchronous_commit", "full_page_writes"]) {
    const [row] = await ask<Record<string, string>>(server.url, `show ${name}`);
    facts[name] = row?.[name] ?? "";
  }
  for (const name of ["fsync", "synchronous_commit", "full_page_writes"]) {
    if (facts[name] !== "on") throw new Error(`${name} is ${facts[name]}; the figures would be of no use`);
  }
  return facts;
}

async function ask<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
