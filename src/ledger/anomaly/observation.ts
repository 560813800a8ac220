import type { Posting, Transaction, TransactionType } from "../transaction.js";

/** One side of a committed transaction: what it did to one holder's wallet, or, refused, was to do. */
export interface Observation {
  readonly walletId: string;
  readonly asset: string;
  readonly transactionId: string;
  readonly type: TransactionType;
  readonly flow: "in" | "out" | "refused";
  /** In smallest units, positive whatever the flow; 0 for a refused transaction without one amount. */
  readonly amount: bigint;
  /** The wallet's balance after it; 0 when it was refused. */
  readonly balanceAfter: bigint;
  /** The one holder's wallet on the other side; null when there is none, or several. */
  readonly counterpartyId: string | null;
  /** The batch it was asked for in, or null. */
  readonly batchId: string | null;
  /** Why it was refused, or null. */
  readonly refusedReason: string | null;
  /** The most that one transaction may take out of the wallet, by the wallet's limit and its asset's, or null. */
  readonly transactionLimit: bigint | null;
  /** When it was decided, in microseconds since 1970. */
  readonly time: bigint;
}

/** What the rules must know of a holder's wallet besides its transactions. */
export interface WalletFacts {
  readonly holderId: string;
  readonly transactionLimit: bigint | null;
}

/** What is read of a transaction. */
export type ObservedTransaction = Pick<
  Transaction,
  "id" | "type" | "state" | "asset" | "amount" | "batchId" | "refusedReason" | "createTime" | "postTime"
>;

/** What is read of its postings. */
export type ObservedPosting = Pick<Posting, "walletId" | "asset" | "amount" | "balanceAfter">;

/** A transaction with its postings in the order they were made, and the wallets it is listed under. */
export interface ObservedRecord {
  readonly transaction: ObservedTransaction;
  readonly postings: readonly ObservedPosting[];
  readonly walletIds: readonly string[];
}

/** What somebody else set right says nothing of how a holder behaves. */
const corrections: ReadonlySet<TransactionType> = new Set(["REFUND", "REVERSAL", "ADJUSTMENT"]);

/**
 * What a transaction looks like from each holder's wallet that it concerns, in the order of its postings.
 *
 * @param facts of the holders' wallets by id. A system wallet has none, and is never observed.
 */
export function observationsOf(
  record: ObservedRecord,
  facts: ReadonlyMap<string, WalletFacts>,
): Observation[] {
  if (corrections.has(record.transaction.type)) return [];
  return record.transaction.state === "REFUSED" ? refusalOf(record, facts) : sidesOf(record, facts);
}

function refusalOf(
  { transaction, walletIds }: ObservedRecord,
  facts: ReadonlyMap<string, WalletFacts>,
): Observation[] {
  const [walletId = ""] = walletIds;
  const fact = facts.get(walletId);
  if (fact === undefined) return [];
  const { id, type, asset, amount, batchId, refusedReason, createTime } = transaction;
  return [
    {
      walletId,
      asset: asset ?? "",
      transactionId: id,
      type,
      flow: "refused",
      amount: amount ?? 0n,
      balanceAfter: 0n,
      counterpartyId: null,
      batchId,
      refusedReason,
      transactionLimit: fact.transactionLimit,
      time: createTime,
    },
  ];
}

function sidesOf(
  { transaction, postings }: ObservedRecord,
  facts: ReadonlyMap<string, WalletFacts>,
): Observation[] {
  const { id, type, batchId, refusedReason, createTime, postTime } = transaction;
  const sides = netOf(postings.filter(({ walletId }) => facts.has(walletId)));
  return sides.map((side) => ({
    walletId: side.walletId,
    asset: side.asset,
    transactionId: id,
    type,
    flow: side.amount > 0n ? "in" : "out",
    amount: side.amount > 0n ? side.amount : -side.amount,
    balanceAfter: side.balanceAfter,
    counterpartyId: counterpartyOf(side, sides),
    batchId,
    refusedReason,
    transactionLimit: facts.get(side.walletId)?.transactionLimit ?? null,
    time: postTime ?? createTime,
  }));
}

/** One posting a wallet, with what it came to; a wallet that ends where it began is left out. */
function netOf(postings: readonly ObservedPosting[]): ObservedPosting[] {
  const net = new Map<string, ObservedPosting>();
  for (const posting of postings) {
    const before = net.get(posting.walletId)?.amount ?? 0n;
    net.set(posting.walletId, { ...posting, amount: before + posting.amount });
  }
  return [...net.values()].filter(({ amount }) => amount !== 0n);
}

function counterpartyOf(side: ObservedPosting, sides: readonly ObservedPosting[]): string | null {
  const isOpposite = (other: ObservedPosting) =>
    other.asset === side.asset && other.amount > 0n !== side.amount > 0n;
  const [first, ...more] = sides.filter(isOpposite);
  return first === undefined || more.length > 0 ? null : first.walletId;
}
