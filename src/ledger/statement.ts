import { type TransactionType, transactionTypes } from "./transaction.js";

/** What postings of transactions of one type come to. */
export interface StatementTotal {
  readonly type: TransactionType;
  /** The sum of the postings into the wallet. Not negative. */
  readonly credits: bigint;
  /** The sum of the postings out of the wallet. Not positive. */
  readonly debits: bigint;
  readonly postingCount: bigint;
}

/** What postings come to, over all types. */
export type StatementSum = Omit<StatementTotal, "type">;

/** Gathers the totals of a statement by type, one posting or one run of postings after the other. */
export class StatementTotals {
  readonly #byType = new Map<TransactionType, StatementTotal>();

  /** Adds what some postings of a type come to. */
  add(more: StatementTotal): void {
    const sum = plus(this.#byType.get(more.type), more);
    this.#byType.set(more.type, { type: more.type, ...sum });
  }

  /** Adds one posting of a transaction of a type. */
  addPosting(type: TransactionType, amount: bigint): void {
    const [credits, debits] = amount > 0n ? [amount, 0n] : [0n, amount];
    this.add({ type, credits, debits, postingCount: 1n });
  }

  /** One total for each type that occurs, in the order of the types. */
  byType(): StatementTotal[] {
    return transactionTypes.map((type) => this.#byType.get(type)).filter((total) => total !== undefined);
  }

  /** All types together. */
  sum(): StatementSum {
    return this.byType().reduce<StatementSum>(plus, nothing);
  }

  /** Throws unless opening plus credits plus debits is closing. A failure here is a broken ledger, not a refusal. */
  assertBridges({ opening, closing }: { opening: bigint; closing: bigint }): void {
    const { credits, debits } = this.sum();
    const found = opening + credits + debits;
    if (found !== closing) throw new Error(`the postings of a statement lead to ${found}, not to ${closing}`);
  }
}

const nothing: StatementSum = { credits: 0n, debits: 0n, postingCount: 0n };

function plus(sum: StatementSum = nothing, more: StatementSum): StatementSum {
  return {
    credits: sum.credits + more.credits,
    debits: sum.debits + more.debits,
    postingCount: sum.postingCount + more.postingCount,
  };
}
