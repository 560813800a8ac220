import type { FlowRow, SystemBalances } from "../db/summary.js";
import type { Flow, TypeTotal } from "../ledger/summary.js";
import { type TransactionType, transactionTypes } from "../ledger/transaction.js";
import { systemRoles } from "../ledger/wallet.js";

/** The figures of one bucket. */
export interface BucketSummary extends Flow {
  /** In microseconds since 1970. */
  readonly startTime: bigint;
  /** What all wallets but TREASURY have at the end of it. */
  readonly outstanding: bigint;
}

/** The figures of one asset. */
export interface AssetSummary extends Flow {
  readonly asset: string;
  /** What all wallets but TREASURY have at the end of the span. */
  readonly outstanding: bigint;
  /** What holders' wallets have at the end of the span. */
  readonly holderBalance: bigint;
  readonly walletCount: bigint;
  readonly buckets: readonly BucketSummary[];
}

/**
 * Makes the summary of an asset. All wallets of an asset sum to zero, so that what some of them have is told by the others:
 * what is outstanding by TREASURY, and what holders have by all system wallets.
 *
 * @param rows the asset's own; of one bucket and type there may be several.
 * @param starts the starts of the buckets, ascending.
 */
export function summaryOf(
  rows: readonly FlowRow[],
  starts: readonly bigint[],
  { asset, balances, walletCount }: { asset: string; balances: SystemBalances; walletCount: bigint },
): AssetSummary {
  const inBucket = starts.map((): FlowRow[] => []);
  for (const row of rows) inBucket[row.bucket]?.push(row);
  const flows = starts.map((startTime, index) => ({ startTime, ...flowOf(inBucket[index] ?? []) }));
  const outstanding = -balances.TREASURY;
  return {
    asset,
    ...flowOf(rows),
    outstanding,
    holderBalance: -systemRoles.reduce((sum, role) => sum + balances[role], 0n),
    walletCount,
    buckets: withOutstanding(flows, outstanding),
  };
}

/** What several rows come to, whatever buckets they are of. */
function flowOf(rows: readonly FlowRow[]): Flow {
  return {
    deposits: rows.reduce((sum, row) => sum + row.deposits, 0n),
    withdrawals: rows.reduce((sum, row) => sum + row.withdrawals, 0n),
    types: transactionTypes.flatMap((type) => {
      const ofType = rows.filter((row) => row.type === type);
      return ofType.length === 0 ? [] : [totalOf(type, ofType)];
    }),
  };
}

function totalOf(type: TransactionType, rows: readonly FlowRow[]): TypeTotal {
  return {
    type,
    amount: rows.reduce((sum, row) => sum + row.amount, 0n),
    postedCount: rows.reduce((sum, row) => sum + row.postedCount, 0n),
    refusedCount: rows.reduce((sum, row) => sum + row.refusedCount, 0n),
  };
}

/** From the last one back: before a bucket there was as much less as came in within it. */
function withOutstanding(
  flows: readonly (Flow & { startTime: bigint })[],
  outstanding: bigint,
): BucketSummary[] {
  let left = outstanding;
  const reversed = flows.toReversed().map((flow) => {
    const bucket = { ...flow, outstanding: left };
    left -= flow.deposits - flow.withdrawals;
    return bucket;
  });
  return reversed.reverse();
}
