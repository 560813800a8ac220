import pg from "pg";
import { migrateUp } from "../../src/db/schema.js";
import { startTemporary, type TemporaryDatabase } from "../../src/embedded/temporary.js";

/** One database for one suite: a copy of a migrated one. */
export interface TestDatabase {
  /** As the service's role. */
  readonly url: string;
  /** As the owner. */
  readonly ownerUrl: string;
  /** As the superuser, who may look at and end everybody's sessions. */
  readonly superuserUrl: string;
}

let server: TemporaryDatabase | undefined;
let databases = 0;

/** Starts the one PostgreSQL that all suites share, and migrates the database they copy. */
export async function startPostgres(): Promise<void> {
  server = await startTemporary();
  await migrateUp(server.ownerUrl, "wallet_service");
}

export async function stopPostgres(): Promise<void> {
  await endKeptSessions();
  await server?.stop();
}

/** A new database at head, empty. */
export async function testDatabase(): Promise<TestDatabase> {
  if (server === undefined) throw new Error("the test hooks did not start PostgreSQL");
  const name = `test_${++databases}`;
  await onServer(server.superuserUrl, `create database ${name} template wallet owner wallet_owner`);
  const at = (url: string) => Object.assign(new URL(url), { pathname: `/${name}` }).href;
  return { url: at(server.url), ownerUrl: at(server.ownerUrl), superuserUrl: at(server.superuserUrl) };
}

/** A session of a stranger: for locks that are in the service's way. */
export async function openSession(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** How many sessions stay open: those of one database for its service, its owner and the superuser. */
const keptMax = 3;
const kept = new Map<string, pg.Client>();

/** A session that stays open for whoever asks for the same one next, so that what it prepared stays. */
export async function keptSession(url: string): Promise<pg.Client> {
  const known = kept.get(url);
  if (known !== undefined) return known;
  if (kept.size >= keptMax) await endKeptSessions();
  const session = await openSession(url);
  kept.set(url, session);
  session.once("end", () => {
    if (kept.get(url) === session) kept.delete(url);
  });
  return session;
}

/** Before a database is copied, or their server stopped. */
async function endKeptSessions(): Promise<void> {
  const ending = [...kept.values()];
  kept.clear();
  await Promise.all(ending.map((session) => session.end()));
}

/** The rows of one statement, in a session of its own. */
export async function onServer<Row extends object>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = await openSession(url);
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** A copy of a database that nobody is connected to: to be damaged. */
export async function copyOf(database: TestDatabase): Promise<TestDatabase> {
  const name = `test_${++databases}`;
  const template = new URL(database.url).pathname.slice(1);
  const at = (url: string) => Object.assign(new URL(url), { pathname: `/${name}` }).href;
  const server = Object.assign(new URL(database.superuserUrl), { pathname: "/postgres" }).href;
  await endKeptSessions();
  await onServer(server, `create database ${name} template ${template} owner wallet_owner`);
  return { url: at(database.url), ownerUrl: at(database.ownerUrl), superuserUrl: at(database.superuserUrl) };
}

/** Changes rows as only somebody can who is above all rights and triggers. */
export async function tamper(database: TestDatabase, sql: string, values: unknown[] = []): Promise<void> {
  const session = await openSession(database.superuserUrl);
  try {
    await session.query("set session_replication_role = replica");
    await session.query(sql, values);
  } finally {
    await session.end();
  }
}
