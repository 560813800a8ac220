import { readClock } from "../db/clock.js";
import type { Pool } from "../db/pool.js";
import { Session } from "../db/session.js";
import {
  countHolderWallets,
  type FlowRow,
  listAssetCodes,
  positionBehind,
  sumFlows,
  systemBalancesAt,
} from "../db/summary.js";
import { positionAt } from "../ledger/position.js";
import { assetNotFound } from "../ledger/rules.js";
import { type BucketLength, bucketStart, bucketStarts } from "../ledger/summary.js";
import { WalletError } from "../ledger/wallet-error.js";
import { withAttempts } from "./attempts.js";
import type { EngineLimits } from "./limits.js";
import { type AssetSummary, summaryOf } from "./summary-totals.js";

/** What a summary is asked of. Times are in microseconds since 1970. */
export interface SummaryQuery {
  /** Null for all. */
  readonly asset: string | null;
  /** Inclusive; null for the beginning, or, with buckets, for as many as are usual before the end. */
  readonly start: bigint | null;
  /** Exclusive; null for now. */
  readonly end: bigint | null;
  readonly bucketLength: BucketLength | null;
}

/** What a summary is of. */
interface SummarySpan {
  readonly start: bigint;
  readonly end: bigint;
  /** The starts of the buckets, ascending. */
  readonly starts: readonly bigint[];
}

const bucketsUsual = 30;
const bucketsMax = 1_000;

/** Transactions that one statement adds up. It bounds how long the statement runs, not how long the span is. */
const summedMax = 100_000;

/** The last microsecond whose positions fit into 64 bits. */
const latestMicros = 9_223_372_036_854_774n;

/**
 * The figures of the ledger over a span, all of one snapshot. It costs a look at every transaction of the span, found by
 * their positions; what wallets have at its end is found without looking at what came before or after.
 *
 * @returns the summaries in the order of codes, and when they were read, in microseconds since 1970.
 * @throws INVALID_FIELD, ASSET_NOT_FOUND, DATABASE_UNAVAILABLE or the signal's reason.
 */
export async function summarize(
  reader: Pool,
  limits: EngineLimits,
  query: SummaryQuery,
  signal: AbortSignal,
): Promise<{ assets: AssetSummary[]; time: bigint }> {
  return withAttempts(limits, () =>
    Session.use(reader.createQueryRunner(), async (session) => {
      session.begin({
        isolation: "repeatable read",
        lockTimeoutMs: limits.slowLockTimeoutMs,
        statementTimeoutMs: limits.statementTimeoutMs,
      });
      const time = await readClock(session);
      const span = spanOf(query, time);
      const codes = await listAssetCodes(session, query.asset);
      if (query.asset !== null && codes.length === 0) throw assetNotFound(query.asset);
      const [balances, walletCounts] = await Promise.all([
        systemBalancesAt(session, codes, span.end),
        countHolderWallets(session, span.end),
      ]);
      const rows = await readFlows(session, { span, asset: query.asset, codes }, signal);
      const assets = [...balances].map(([asset, ofAsset]) =>
        summaryOf(
          rows.filter((row) => row.asset === asset),
          span.starts,
          { asset, balances: ofAsset, walletCount: walletCounts.get(asset) ?? 0n },
        ),
      );
      return { assets, time };
    }),
  );
}

/** Adds up the span in pieces of so many transactions that each is done in a moment. */
async function readFlows(
  session: Session,
  { span, asset, codes }: { span: SummarySpan; asset: string | null; codes: readonly string[] },
  signal: AbortSignal,
): Promise<FlowRow[]> {
  const rows: FlowRow[] = [];
  const below = positionAt(clamped(span.end));
  let from: bigint | null = positionAt(clamped(span.start));
  while (from !== null) {
    signal.throwIfAborted();
    const next: bigint | null = await positionBehind(session, { from, below }, summedMax);
    const range = { from, below: next ?? below };
    rows.push(...(await sumFlows(session, range, { asset, assets: codes, starts: span.starts })));
    from = next;
  }
  return rows;
}

/** Nothing was posted before 1970, nor can be after the year 2262. */
function clamped(time: bigint): bigint {
  if (time < 0n) return 0n;
  return time < latestMicros ? time : latestMicros;
}

/** @throws INVALID_FIELD when the span is none, or is of too many buckets. */
function spanOf({ start: asked, end: askedEnd, bucketLength }: SummaryQuery, now: bigint): SummarySpan {
  const end = askedEnd ?? now;
  if (asked !== null && asked >= end) throw wrong("start_time", "must be in the past");
  if (bucketLength === null) return { start: asked ?? 0n, end, starts: [] };
  // The bucket that the end is in counts as one of them.
  const start = asked ?? bucketStart(bucketLength, end - 1n, 1 - bucketsUsual);
  const starts = bucketStarts(bucketLength, { start, end }, bucketsMax);
  if (starts === null) throw wrong("bucket_length", `must cut the span into at most ${bucketsMax} buckets`);
  return { start, end, starts };
}

function wrong(field: string, description: string): WalletError {
  return new WalletError("INVALID_FIELD", `${field} ${description}.`, {
    metadata: { fields: field },
    violations: [{ field, description }],
  });
}
