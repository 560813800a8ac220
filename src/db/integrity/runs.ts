import { lowestId } from "../lowest-id.js";
import type { Pool } from "../pool.js";
import { readRows } from "../read.js";
import type { Session } from "../session.js";
import { toTimestamp } from "../sql.js";

/** One check of the ledger: the snapshot that it verifies, and how it ended. */
export interface IntegrityRun {
  readonly id: string;
  /** The asset that is checked; null for all. */
  readonly asset: string | null;
  /** The instant of the snapshot, in microseconds since 1970: what was committed before it is in it. */
  readonly snapshotTime: bigint;
  readonly walletCount: bigint;
  readonly postingCount: bigint;
  /** No transaction of the snapshot has a higher id; null when there is none. */
  readonly lastTransactionId: string | null;
  /** How many findings there were; null until it has ended. */
  readonly findingCount: bigint | null;
}

interface RunRow {
  id: string;
  asset: string | null;
  snapshot_time: bigint;
  wallet_count: string;
  posting_count: string;
  last_transaction_id: string | null;
  finding_count: string | null;
}

const columns =
  "r.id, r.asset, r.snapshot_time, r.wallet_count, r.posting_count, r.last_transaction_id, r.finding_count";

/**
 * Captures the heads and balances of the next wallets, in the order of their ids. It locks nothing that anybody waits for.
 *
 * @param after the last wallet before them; null for the first.
 * @returns the last one of them; null when there was none.
 */
export async function captureHeads(
  session: Session,
  {
    runId,
    asset,
    after,
    limit,
  }: { runId: string; asset: string | null; after: string | null; limit: number },
): Promise<string | null> {
  const [row] = await session.send<{ wallet_id: string }>(
    `with captured as (
       insert into integrity_heads (run_id, wallet_id, asset, system_role, balance, version, posting_seq, chain_head,
         last_post_time)
       select $1, w.id, w.asset, w.system_role, w.balance, w.version, w.posting_seq, w.chain_head, w.last_post_time
       from wallets w where ($2::text is null or w.asset = $2) and ($3::uuid is null or w.id > $3)
       order by w.id limit $4
       returning wallet_id
     )
     select wallet_id from captured order by wallet_id desc limit 1`,
    [runId, asset, after, limit],
  );
  return row?.wallet_id ?? null;
}

/** Makes the run whose heads were captured, in the same transaction. */
export async function insertRun(
  session: Session,
  { id, asset, time }: { id: string; asset: string | null; time: bigint },
): Promise<IntegrityRun> {
  const [row] = await session.send<RunRow>(
    `insert into integrity_runs as r (id, asset, snapshot_time, wallet_count, posting_count, last_transaction_id)
     select $1, $2, $3, count(*), coalesce(sum(h.posting_seq), 0),
       (select t.id from transactions t order by t.id desc limit 1)
     from integrity_heads h where h.run_id = $1
     returning ${columns}`,
    [id, asset, toTimestamp(time)],
  );
  if (row === undefined) throw new Error("a check that was begun is not there");
  return toRun(row);
}

/**
 * Keeps that a run has ended, if all that it captured is still there: what it has verified was read from that.
 *
 * @returns how many of its captured wallets are there. When they are fewer than it has captured, nothing is kept.
 */
export async function endRun(
  session: Session,
  run: Pick<IntegrityRun, "id" | "walletCount">,
  end: { findingCount: bigint; time: bigint },
): Promise<bigint> {
  const [row] = await session.send<{ wallets: string }>(
    `with captured as (select count(*) as wallets from integrity_heads h where h.run_id = $1),
     ended as (update integrity_runs set finding_count = $2, end_time = $3
       where id = $1 and (select wallets from captured) = $4)
     select wallets from captured`,
    [run.id, end.findingCount, toTimestamp(end.time), run.walletCount],
  );
  return BigInt(row?.wallets ?? 0);
}

/** Keeps a place that a run has reached, under an id of its own. */
export async function savePlace(
  session: Session,
  { runId, id, place }: { runId: string; id: string; place: unknown },
): Promise<void> {
  await session.send("insert into integrity_places (run_id, id, place) values ($1, $2, $3)", [
    runId,
    id,
    JSON.stringify(place),
  ]);
}

/**
 * A run and a place that it had reached; undefined when it cannot be gone on with from there: because that is too long
 * ago, or because a crash of the server has emptied what it had captured.
 */
export async function findPlace(
  reader: Pool,
  runId: string,
  id: string,
): Promise<{ run: IntegrityRun; place: unknown } | undefined> {
  const [row] = await readRows<RunRow & { place: unknown }>(
    reader,
    `select ${columns}, p.place from integrity_runs r join integrity_places p on p.run_id = r.id and p.id = $2
     where r.id = $1
       and r.wallet_count = (select count(*) from integrity_heads h where h.run_id = r.id)`,
    [runId, id],
  );
  return row && { run: toRun(row), place: row.place };
}

/** The newest run over all assets that has ended; undefined before the first. */
export async function findLastRun(reader: Pool): Promise<IntegrityRun | undefined> {
  const rows = await readRows<RunRow>(
    reader,
    `select ${columns} from integrity_runs r where r.asset is null and r.end_time is not null
     order by r.snapshot_time desc, r.id desc limit 1`,
  );
  return rows.map(toRun)[0];
}

/**
 * Forgets some of what runs have captured that began before a time and have reached no place since then: one that is
 * under way, or gone on with, reads it to its end.
 *
 * @returns whether there may be more.
 */
export async function forgetCaptured(
  session: Session,
  { before, limit }: { before: bigint; limit: number },
): Promise<boolean> {
  let most = 0;
  for (const [table, key] of [
    ["integrity_heads", "wallet_id"],
    ["integrity_places", "id"],
  ]) {
    const rows = await session.send<object>(
      `delete from ${table} where (run_id, ${key}) in (
         select c.run_id, c.${key} from integrity_runs r join ${table} c on c.run_id = r.id
         where r.snapshot_time < $1
           and not exists (select from integrity_places p where p.run_id = r.id and p.id >= $2) limit $3)
       returning run_id`,
      [toTimestamp(before), lowestId(before), limit],
    );
    most = Math.max(most, rows.length);
  }
  return most === limit;
}

/** Forgets the results of runs that began before a time, some of them. */
export async function forgetRuns(
  session: Session,
  { before, limit }: { before: bigint; limit: number },
): Promise<void> {
  await session.send(
    `delete from integrity_runs where id in (
       select r.id from integrity_runs r where r.snapshot_time < $1
         and not exists (select from integrity_heads h where h.run_id = r.id) order by r.snapshot_time limit $2)`,
    [toTimestamp(before), limit],
  );
}

function toRun(row: RunRow): IntegrityRun {
  return {
    id: row.id,
    asset: row.asset,
    snapshotTime: row.snapshot_time,
    walletCount: BigInt(row.wallet_count),
    postingCount: BigInt(row.posting_count),
    lastTransactionId: row.last_transaction_id,
    findingCount: row.finding_count === null ? null : BigInt(row.finding_count),
  };
}
