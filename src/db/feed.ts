import type { WalletStatus } from "../ledger/wallet.js";
import type { HoldPayload } from "./hold-events.js";
import type { Pool } from "./pool.js";
import { readPrepared, readRows } from "./read.js";
import { plainArray, unseen } from "./sql.js";
import {
  type TransactionRecord,
  type TransactionRow,
  toTransactionRecord,
  transactionColumns,
} from "./transactions.js";

/** Which of PostgreSQL's transactions that write had ended at a moment. */
export interface EndedTransactions {
  /** The oldest id that was still running: all below it had ended. */
  readonly oldestRunning: bigint;
  /** Above every id that had ended. Equal to `oldestRunning` when nothing below it runs. */
  readonly next: bigint;
  /** The moment, in microseconds since 1970. */
  readonly time: bigint;
}

/** A moment, and a transaction id that is above all that were given out before it. */
export interface Mark {
  /** In microseconds since 1970. */
  readonly time: bigint;
  readonly transactionId: bigint;
}

/** A wallet and the version up to which its changes are known. */
export interface WalletPlace {
  readonly walletId: string;
  readonly version: bigint;
}

/** One change of a wallet, as the outbox tells it. */
export interface WalletEventRow extends WalletPlace {
  readonly asset: string;
  readonly status: WalletStatus;
  /** What the wallet has after it, in the asset's smallest units. */
  readonly posted: bigint;
  readonly held: bigint;
  readonly available: bigint;
  /** The transaction whose posting it is; null when it is not one. */
  readonly transactionId: string | null;
  /** What changed of a hold; null when none is concerned. */
  readonly hold: HoldPayload | null;
  /** In microseconds since 1970. */
  readonly time: bigint;
}

/** A transaction with its place in the one order of all transactions. */
export interface PlacedTransaction extends TransactionRecord {
  readonly position: bigint;
}

interface OutboxRow {
  wallet_id: string;
  version: string;
  payload: {
    readonly asset: string;
    readonly balance: string;
    readonly held: string;
    readonly available: string;
    readonly status?: WalletStatus;
    readonly transaction_id?: string;
    readonly hold?: HoldPayload;
  };
  create_time: bigint;
}

/** What has ended by now. Its time is read after the fact: what had ended by then, had ended before that time. */
export async function readEnded(reader: Pool): Promise<EndedTransactions> {
  const [row] = await readRows<{ oldest: string; next: string; time: bigint }>(
    reader,
    `select pg_snapshot_xmin(s)::text as oldest, pg_snapshot_xmax(s)::text as next, clock_timestamp() as time
     from pg_current_snapshot() as s`,
  );
  if (row === undefined) throw new Error("the database did not tell its snapshot");
  return { oldestRunning: BigInt(row.oldest), next: BigInt(row.next), time: row.time };
}

/**
 * Takes a transaction id after reading the clock: the statement's time is read before it runs.
 *
 * A snapshot alone would not do. Its upper bound is one above the newest id that has *ended*, so that a transaction
 * with a higher id may be running, and have read the clock, already.
 */
export async function markTime(reader: Pool): Promise<Mark> {
  const [row] = await readRows<{ time: bigint; id: string }>(
    reader,
    "select statement_timestamp() as time, pg_current_xact_id()::text as id",
  );
  if (row === undefined) throw new Error("the database did not give out a transaction id");
  return { time: row.time, transactionId: BigInt(row.id) };
}

/** Those of these wallets that have changed since, with their versions now. One look-up by primary key each. */
export async function findChangedWallets(
  reader: Pool,
  known: readonly WalletPlace[],
): Promise<WalletPlace[]> {
  const rows = await readRows<{ id: string; version: string }>(
    reader,
    `select w.id, w.version from unnest($1::uuid[], $2::bigint[]) as known (id, version)
     join wallets w on w.id = known.id where w.version > known.version`,
    [plainArray(known.map(({ walletId }) => walletId)), plainArray(known.map(({ version }) => version))],
  );
  return rows.map((row) => ({ walletId: row.id, version: BigInt(row.version) }));
}

/** What the outbox still has of these wallets' changes since, in order of versions, at most `limitEach` for each. */
export async function listWalletEvents(
  reader: Pool,
  known: readonly WalletPlace[],
  limitEach: number,
): Promise<WalletEventRow[]> {
  const rows = await readRows<OutboxRow>(
    reader,
    `select e.aggregateid as wallet_id, e.seq as version, e.payload, e.create_time
     from unnest($1::text[], $2::bigint[]) as known (id, version), lateral (
       select o.aggregateid, o.seq, o.payload, o.create_time from outbox o
       where o.aggregateid = known.id and o.seq > known.version and o.aggregatetype = 'wallet'
       order by o.seq limit $3
     ) as e
     order by e.aggregateid, e.seq`,
    [
      plainArray(known.map(({ walletId }) => walletId)),
      plainArray(known.map(({ version }) => version)),
      limitEach,
    ],
  );
  return rows.map(toWalletEvent);
}

/**
 * The transactions behind a place and below a position, in order. The limit stands in the statement, which is planned once:
 * the place and the position say nothing of how it is best read.
 */
export async function listPlacedTransactions(
  reader: Pool,
  { after, below, limit }: { after: { position: bigint; id: string }; below: bigint; limit: number },
): Promise<PlacedTransaction[]> {
  const rows = await readPrepared<TransactionRow & { position: string }>(
    reader,
    `select ${transactionColumns}, t.position from transactions t
     where (t.position, t.id) > (${unseen("$1", "bigint")}, ${unseen("$2", "uuid")})
       and t.position < ${unseen("$3", "bigint")}
     order by t.position, t.id limit ${limit}`,
    [after.position, after.id, below],
  );
  return rows.map((row) => ({ ...toTransactionRecord(row), position: BigInt(row.position) }));
}

function toWalletEvent({ wallet_id, version, payload, create_time }: OutboxRow): WalletEventRow {
  return {
    walletId: wallet_id,
    version: BigInt(version),
    asset: payload.asset,
    // Only an active wallet is posted to, so a posting's event does not say so.
    status: payload.status ?? "ACTIVE",
    posted: BigInt(payload.balance),
    held: BigInt(payload.held),
    available: BigInt(payload.available),
    transactionId: payload.transaction_id ?? null,
    hold: payload.hold ?? null,
    time: create_time,
  };
}
