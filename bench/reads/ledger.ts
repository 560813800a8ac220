import pg from "pg";
import { canonicalBytes } from "../../src/db/integrity/chains.js";
import { migrateUp } from "../../src/db/schema.js";
import { startTemporary, type TemporaryDatabase } from "../../src/embedded/temporary.js";
import { holderWalletId, systemRoles, systemWalletId } from "../../src/ledger/wallet.js";

/** A ledger that was made by SQL, in the real schema, with real hash chains. No key points at its transactions. */
export interface LargeLedger {
  readonly database: TemporaryDatabase;
  /** When its first and its last transaction were made, in milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
}

export const asset = "gold";
export const holderCount = 10_000;
/** So little that TREASURY has it for each holder of a load, and so much that none of them runs out of it. */
export const spareUnits = 1_000_000n;
const secondsApart = 0.5;
const slices = 20;

/**
 * Makes a ledger of this many postings, two to a transaction. Every tenth transaction is a top-up and every tenth a
 * spend, so that two wallets have a tenth of the transactions each; the others are transfers between all holders.
 *
 * @param settings PostgreSQL settings that replace those of `npm start`.
 */
export async function makeLargeLedger(
  postings: number,
  onProgress: (done: string) => void,
  settings: Record<string, string> = {},
): Promise<LargeLedger> {
  const database = await startTemporary({ settings });
  try {
    await migrateUp(database.ownerUrl, "wallet_service");
    return { database, ...(await fillLargeLedger(database.ownerUrl, postings, onProgress)) };
  } catch (error) {
    await database.stop();
    throw error;
  }
}

/** Makes such a ledger in a database that has the schema and nothing in it. */
export async function fillLargeLedger(
  ownerUrl: string,
  postings: number,
  onProgress: (done: string) => void,
): Promise<Omit<LargeLedger, "database">> {
  const transactions = postings / 2;
  const endMs = Date.now();
  const startMs = endMs - transactions * secondsApart * 1_000;
  await fill(ownerUrl, { transactions, startMs }, onProgress);
  return { startMs, endMs };
}

async function fill(
  ownerUrl: string,
  { transactions, startMs }: { transactions: number; startMs: number },
  onProgress: (done: string) => void,
): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  // As many as a small machine has processors.
  const sessions = [client, new pg.Client({ connectionString: ownerUrl })];
  try {
    await inEach(sessions, async (session) => {
      await session.connect();
      await session.query(
        "set synchronous_commit = off; set work_mem = '256MB'; set maintenance_work_mem = '256MB'",
      );
    });
    await makeWallets(client);
    onProgress("wallets");
    await client.query(movesSql, [transactions, holderCount, startMs, secondsApart * 1_000]);
    onProgress("movements");
    await client.query(legsSql);
    onProgress("numbers and balances");
    for (const statement of chainedSql) await client.query(statement);
    await inEach(sessions, (session, share) => session.query(chainsSql, [sessions.length, share]));
    await client.query("create index on chained (i)");
    onProgress("hash chains");
    // Rows that only come need no tidying up while they come; the end does it for all of them.
    await setAutovacuum(client, false);
    await fillSlices(sessions, transactions, onProgress);
    await client.query(headsSql);
    await client.query(lookedAtSql);
    await client.query("drop table chained, legs, moves, parties");
    await client.query("drop aggregate chain_of(bytea); drop function next_hash(bytea, bytea)");
    await setAutovacuum(client, true);
    await client.query("vacuum analyze");
    onProgress("statistics");
  } finally {
    await inEach(sessions, (session) => session.end());
  }
}

async function inEach(
  sessions: readonly pg.Client[],
  work: (session: pg.Client, index: number) => Promise<unknown>,
): Promise<void> {
  await Promise.all(sessions.map(work));
}

/** Each session takes the next slice when it is done with one. */
async function fillSlices(
  sessions: readonly pg.Client[],
  transactions: number,
  onProgress: (done: string) => void,
): Promise<void> {
  const left = Array.from({ length: slices }, (_, slice) => slice).values();
  let done = 0;
  await inEach(sessions, async (session) => {
    for (const slice of left) {
      const bounds = [slice, slice + 1].map((end) => Math.floor((end * transactions) / slices));
      await session.query(transactionsSql, bounds);
      await session.query(postingsSql, bounds);
      onProgress(`${++done * (100 / slices)} % of the rows`);
    }
  });
}

async function setAutovacuum(client: pg.Client, enabled: boolean): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select tree.relid::regclass::text as name
     from unnest(array['transactions', 'postings']) as t (name), pg_partition_tree(t.name::regclass) as tree where tree.isleaf`,
  );
  const setting = enabled ? "reset (autovacuum_enabled)" : "set (autovacuum_enabled = false)";
  for (const { name } of rows) await client.query(`alter table ${name} ${setting}`);
}

/** Holders h0 to h9999 and their wallets, as deep in credit as it takes. */
async function makeWallets(client: pg.Client): Promise<void> {
  await client.query(
    "insert into assets (code, name, scale, create_time, update_time) values ($1, 'Gold', 0, now(), now())",
    [asset],
  );
  await client.query(
    "create table parties (n int primary key, id uuid not null, holder_id text, system_role text)",
  );
  const holders = Array.from({ length: holderCount }, (_, n) => `h${n}`);
  await client.query(
    "insert into parties select n - 1, id, holder_id, null from unnest($1::uuid[], $2::text[]) with ordinality as h (id, holder_id, n)",
    [holders.map((holder) => holderWalletId(asset, holder)), holders],
  );
  await client.query(
    "insert into parties select -n, id, null, role from unnest($1::uuid[], $2::text[]) with ordinality as s (id, role, n)",
    [systemRoles.map((role) => systemWalletId(asset, role)), systemRoles],
  );
  await client.query(
    `insert into holders (id, display_name, create_time, update_time)
     select holder_id, holder_id, now(), now() from parties where holder_id is not null`,
  );
  await client.query(
    `insert into wallets (id, asset, holder_id, system_role, version, min_balance, chain_head, create_time, update_time)
     select id, $1, holder_id, system_role, 1, -1000000000000, decode(repeat('00', 32), 'hex'), now(), now() from parties`,
    [asset],
  );
}

/** Multiplying by large primes spreads the parties without being random: every run makes the same ledger. */
const movesSql = `
create unlogged table moves as
select i, kind, amount, source.id as source, destination.id as destination, time,
  (lpad(to_hex((extract(epoch from time) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(i % 4096), 3, '0')
    || '8' || lpad(to_hex(i), 15, '0'))::uuid as id
from (
  select i, case when i % 10 = 0 then 'TOP_UP' when i % 10 = 1 then 'SPEND' else 'TRANSFER' end as kind,
    1 + i % 97 as amount, i * 7919 % $2 as one, (i * 7919 + 1 + i * 104729 % ($2 - 1)) % $2 as other,
    to_timestamp(($3::float8 + i * $4::float8) / 1000) as time
  from generate_series(0, $1::bigint - 1) as i
) as drawn
join parties source on source.n = case kind when 'TOP_UP' then -1 else one end
join parties destination on destination.n = case kind when 'SPEND' then -2 when 'TOP_UP' then one else other end`;

const legsSql = `
create unlogged table legs as
select i, id, kind, time, wallet, amount, row_number() over history as seq, sum(amount) over history as balance
from (
  select i, id, kind, time, source as wallet, -amount as amount from moves
  union all select i, id, kind, time, destination, amount from moves
) as sides
window history as (partition by wallet order by i rows unbounded preceding)`;

/** What chains are made of and put into. */
const chainedSql = [
  "create function next_hash(bytea, bytea) returns bytea language sql immutable as 'select sha256($1 || $2)'",
  `create aggregate chain_of(bytea) (sfunc = next_hash, stype = bytea,
     initcond = '\\x0000000000000000000000000000000000000000000000000000000000000000')`,
  `create unlogged table chained (i bigint, wallet_id uuid, posting_seq bigint, transaction_id uuid, amount bigint,
     balance_after bigint, held_after bigint, available_after bigint, version bigint, post_time timestamptz, hash bytea)`,
];

/**
 * The bytes of each posting, as the check of the ledger has them too, and their chains: one hash after the other. A session
 * makes those of its share of the wallets.
 */
const chainsSql = `
insert into chained
select p.i, p.wallet_id, p.posting_seq, p.transaction_id, p.amount, p.balance_after, p.held_after, p.available_after,
  p.version, p.post_time, chain_of(${canonicalBytes}) over history as hash
from (
  select i, wallet as wallet_id, seq as posting_seq, id as transaction_id, amount, balance::bigint as balance_after,
    0::bigint as held_after, balance::bigint + 1000000000000 as available_after, seq + 1 as version,
    time as post_time, '${asset}' as asset
  from legs where abs(uuid_hash(wallet)::bigint) % $1::int = $2::int
) as p
window history as (partition by p.wallet_id order by p.posting_seq rows unbounded preceding)`;

const transactionsSql = `
insert into transactions (id, type, state, asset, amount, source_wallet_id, destination_wallet_id, wallet_ids,
  posting_seqs, metadata, external_reference, initiated_by, request_id, create_time, post_time, position)
select m.id, m.kind, 'POSTED', '${asset}', m.amount, m.source, m.destination, array[m.source, m.destination],
  array[s.posting_seq, d.posting_seq], case when m.i % 100 = 0 then jsonb_build_object('order', m.i::text) else '{}' end, '',
  'bench|service|bench', m.id::text, m.time, m.time,
  (extract(epoch from m.time) * 1000000)::bigint * 1000
from moves m
join chained s on s.i = m.i and s.wallet_id = m.source
join chained d on d.i = m.i and d.wallet_id = m.destination
where m.i >= $1 and m.i < $2 and s.i >= $1 and s.i < $2 and d.i >= $1 and d.i < $2`;

const postingsSql = `
insert into postings (wallet_id, posting_seq, transaction_id, asset, amount, balance_after, held_after, available_after,
  version, post_time, hash)
select wallet_id, posting_seq, transaction_id, '${asset}', amount, balance_after, held_after, available_after, version,
  post_time, hash
from chained where i >= $1 and i < $2`;

const headsSql = `
update wallets w set balance = last.balance_after, posting_seq = last.posting_seq, version = last.version,
  last_post_time = last.post_time, chain_head = last.hash
from (select distinct on (wallet_id) * from chained order by wallet_id, posting_seq desc) as last
where w.id = last.wallet_id`;

/** The look-out for anomalies has long been through all of it, as in any ledger that did not fall from the sky. */
const lookedAtSql = `
update anomaly_cursors c set position = last.position, transaction_id = last.id
from (select t.position, t.id from transactions t order by t.position desc, t.id desc limit 1) as last`;
