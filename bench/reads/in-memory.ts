import { totalmem } from "node:os";
import { names } from "../../src/embedded/roles.js";
import { onServer } from "../../test/support/postgres.js";

const bytesPerMb = 2 ** 20;

/** What deploy/postgresql.conf gives to a PostgreSQL in production: a quarter of the memory, of the container if there is one. */
export const productionMemory = {
  shared_buffers: `${Math.floor(Math.min(totalmem(), process.constrainedMemory() || totalmem()) / 4 / bytesPerMb)}MB`,
};

/**
 * Reads all tables and indexes into PostgreSQL's own memory, where a ledger that is in use has them; where they do not all
 * fit, those that were read last stay. What was written before goes to the disk first: the next checkpoint would come in
 * the middle of what is measured.
 *
 * @returns how many megabytes were read.
 */
export async function readIntoMemory(superuserUrl: string): Promise<number> {
  const url = new URL(superuserUrl);
  url.pathname = names.database;
  for (const sql of ["checkpoint", "create extension if not exists pg_prewarm"])
    await onServer(url.href, sql);
  const [read] = await onServer<{ bytes: string }>(url.href, prewarmSql);
  return Math.round(Number(read?.bytes) / bytesPerMb);
}

const prewarmSql = `
select sum(pg_prewarm(oid::regclass)) * current_setting('block_size')::bigint as bytes
from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'i')`;
