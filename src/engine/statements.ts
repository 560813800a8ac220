import type { Pool } from "../db/pool.js";
import { findPosting, lastPostingAt } from "../db/postings.js";
import {
  listStatementPostings,
  type PostingRun,
  type StatementPosting,
  sumPostings,
} from "../db/statements.js";
import { StatementTotals } from "../ledger/statement.js";
import type { Wallet } from "../ledger/wallet.js";
import { type Settling, settledMicros } from "./settled.js";

/** A span of a wallet's history, all of which is final: reading it in pieces reads one state of it. */
export interface StatementSpan extends PostingRun {
  readonly asset: string;
  /** In microseconds since 1970, inclusive. */
  readonly startTime: bigint;
  /** In microseconds since 1970, exclusive. */
  readonly endTime: bigint;
  /** The balance before the first posting of the span. */
  readonly opening: bigint;
  /** The balance after the last posting of the span. */
  readonly closing: bigint;
}

/** Postings that one statement sums. It bounds how long the statement runs, not how long the span is. */
const summedMax = 10_000n;

/** Postings that one statement returns. */
const listedMax = 500n;

/**
 * Fixes what belongs to a span, so that postings made from now on do not.
 *
 * @param start in microseconds since 1970; null for the opening of the wallet.
 * @param end later than start and at most the present; null for now.
 * @throws CONTENTION or DATABASE_UNAVAILABLE
 */
export async function openSpan(
  reader: Pool,
  settling: Settling,
  wallet: Wallet,
  { start, end }: { start: bigint | null; end: bigint | null },
): Promise<StatementSpan> {
  const endTime = await finalTime(settling, wallet.id, end);
  const [above, through] = await Promise.all([
    start === null ? 0n : lastPostingAt(reader, wallet.id, start - 1n),
    lastPostingAt(reader, wallet.id, endTime - 1n),
  ]);
  const [opening, closing] = await Promise.all([
    balanceAfter(reader, wallet.id, above),
    balanceAfter(reader, wallet.id, through),
  ]);
  const { id: walletId, asset } = wallet;
  const startTime = start ?? openingTime(wallet, endTime);
  return { walletId, asset, above, through, startTime, endTime, opening, closing };
}

/** The totals of a span. Stops with the signal's reason, between statements. */
export async function readTotals(
  reader: Pool,
  span: StatementSpan,
  signal: AbortSignal,
): Promise<StatementTotals> {
  const totals = new StatementTotals();
  for (const run of runsOf(span, summedMax)) {
    signal.throwIfAborted();
    for (const total of await sumPostings(reader, run)) totals.add(total);
  }
  totals.assertBridges(span);
  return totals;
}

/**
 * The postings of a span, oldest first, read a page at a time: nothing is held open while they are used. Stops with
 * the signal's reason, between pages.
 */
export async function* readPostings(
  reader: Pool,
  span: StatementSpan,
  signal: AbortSignal,
): AsyncIterable<StatementPosting> {
  for (const run of runsOf(span, listedMax)) {
    signal.throwIfAborted();
    yield* await listStatementPostings(reader, run);
  }
}

/** Cuts a span into runs of at most so many postings. */
function* runsOf({ walletId, above, through }: PostingRun, size: bigint): Iterable<PostingRun> {
  for (let from = above; from < through; from += size) {
    yield { walletId, above: from, through: from + size < through ? from + size : through };
  }
}

/** An end before which nothing can be posted any more. */
async function finalTime(settling: Settling, walletId: string, end: bigint | null): Promise<bigint> {
  const near = end === null || end > BigInt(Date.now()) * 1_000n - settledMicros;
  if (!near) return end;
  const now = await settling.now(walletId);
  return end ?? now;
}

/** When the span of a wallet that was opened after its end begins does not matter, as long as it is not after it. */
function openingTime({ createTime }: Wallet, endTime: bigint): bigint {
  if (createTime > endTime) return endTime;
  return createTime;
}

async function balanceAfter(reader: Pool, walletId: string, postingSeq: bigint): Promise<bigint> {
  if (postingSeq === 0n) return 0n;
  const posting = await findPosting(reader, walletId, postingSeq);
  if (posting === undefined) throw new Error(`wallet ${walletId} has no posting ${postingSeq}`);
  return posting.balanceAfter;
}
