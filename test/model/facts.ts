import { type Asset, AssetStatus } from "../../src/gen/wallet/v1/asset_pb.js";
import type { BatchItemResult } from "../../src/gen/wallet/v1/bulk_pb.js";
import { BatchItemState } from "../../src/gen/wallet/v1/bulk_pb.js";
import { type Hold, HoldState } from "../../src/gen/wallet/v1/hold_pb.js";
import { type Holder, HolderStatus } from "../../src/gen/wallet/v1/holder_pb.js";
import { type Job, JobState } from "../../src/gen/wallet/v1/job_pb.js";
import type { Money } from "../../src/gen/wallet/v1/money_pb.js";
import { type Operation, OperationState } from "../../src/gen/wallet/v1/operation_pb.js";
import {
  type Transaction,
  TransactionState,
  TransactionType,
} from "../../src/gen/wallet/v1/transaction_pb.js";
import {
  type Balance,
  type Wallet,
  type WalletBalance,
  WalletStatus,
} from "../../src/gen/wallet/v1/wallet_pb.js";
import type { Names } from "./names.js";

/** The figures of an answer in the model's names and form, so that both can be laid side by side. */
export function transactionFacts(names: Names, transaction: Transaction) {
  return {
    id: names.short(transaction.id),
    type: TransactionType[transaction.type],
    state: TransactionState[transaction.state],
    reason: transaction.refusedReason,
    amount: transaction.amount?.units ?? null,
    asset: names.short(transaction.amount?.asset ?? ""),
    source: names.short(transaction.sourceWalletId),
    destination: names.short(transaction.destinationWalletId),
    postings: Object.fromEntries(
      transaction.postings.map(({ walletId, amount }) => [names.short(walletId), amount?.units]),
    ),
    reference: names.short(transaction.externalReference),
    original: names.short(transaction.originalTransactionId),
    hold: names.short(transaction.holdId),
    job: names.short(transaction.jobId),
    refunded: transaction.refunded?.units ?? null,
    reversedBy: names.short(transaction.reversedByTransactionId),
  };
}

export function balanceFacts(balance: Balance | undefined) {
  return {
    posted: balance?.posted?.units,
    held: balance?.held?.units,
    available: balance?.available?.units,
    version: balance?.version,
  };
}

export function balancesFacts(names: Names, balances: readonly WalletBalance[]) {
  return Object.fromEntries(
    balances.map(({ walletId, balance }) => [names.short(walletId), balanceFacts(balance)]),
  );
}

export function walletFacts(names: Names, wallet: Wallet) {
  return {
    name: names.short(wallet.id),
    asset: names.short(wallet.asset),
    holder: names.short(wallet.holderId),
    status: WalletStatus[wallet.status],
    floor: wallet.minBalanceUnits,
    max: wallet.maxBalanceUnits ?? null,
    perTransaction: wallet.transactionLimitUnits ?? null,
    daily: wallet.dailyLimitUnits ?? null,
    ...balanceFacts(wallet.balance),
  };
}

export function holdFacts(names: Names, hold: Hold) {
  return {
    id: names.short(hold.id),
    wallet: names.short(hold.walletId),
    amount: hold.amount?.units,
    reference: names.short(hold.externalReference),
    captured: hold.captured?.units,
    released: hold.released?.units,
    state: HoldState[hold.state],
  };
}

export function jobFacts(names: Names, job: Job) {
  return {
    id: names.short(job.id),
    wallet: names.short(job.walletId),
    spend: names.short(job.transactionId),
    state: JobState[job.state],
    refund: names.short(job.refundTransactionId),
  };
}

export function operationFacts(names: Names, operation: Operation) {
  return {
    state: OperationState[operation.state],
    reason: operation.errorReason,
    figures: operation.errorMetadata,
    transaction: operation.transaction && transactionFacts(names, operation.transaction),
  };
}

export function resultFacts(names: Names, result: BatchItemResult) {
  return {
    state: BatchItemState[result.state],
    transaction: names.short(result.transactionId),
    reason: result.errorReason,
    figures: result.errorMetadata,
    replayed: result.replayed,
  };
}

/** An answer of any of the RPCs: whatever it has of what the model knows of. */
export function answerFacts(names: Names, response: Record<string, unknown>): Record<string, unknown> {
  const of = response as Partial<AnyResponse>;
  const money = (name: "refunded" | "refundable") => of[name] && { [name]: of[name]?.units };
  return {
    transaction: of.transaction && transactionFacts(names, of.transaction),
    balances: of.balances && balancesFacts(names, of.balances),
    wallet: of.wallet && walletFacts(names, of.wallet),
    hold: of.hold && holdFacts(names, of.hold),
    job: of.job ? jobFacts(names, of.job) : null,
    holder: of.holder && {
      id: names.short(of.holder.id),
      suspended: of.holder.status === HolderStatus.SUSPENDED,
    },
    asset: of.asset && {
      code: names.short(of.asset.code),
      frozen: of.asset.status === AssetStatus.FROZEN,
      perTransaction: of.asset.transactionLimitUnits ?? null,
      daily: of.asset.dailyLimitUnits ?? null,
    },
    operation: of.operation && operationFacts(names, of.operation),
    results: of.results?.map((result) => resultFacts(names, result)),
    posted: of.postedCount,
    ...money("refunded"),
    ...money("refundable"),
  };
}

interface AnyResponse {
  transaction: Transaction;
  balances: WalletBalance[];
  wallet: Wallet;
  hold: Hold;
  job: Job;
  holder: Holder;
  asset: Asset;
  operation: Operation;
  results: BatchItemResult[];
  postedCount: number;
  refunded: Money;
  refundable: Money;
}
