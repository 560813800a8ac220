import type { ItemFacts } from "./batches.js";
import { Some } from "./differences.js";
import type { Facts, Ledger, ModelHold, ModelOperation, ModelTransaction } from "./ledger.js";
import { isRefundable } from "./refunds.js";

/** What the facts of the model let one expect of an answer. */
export interface Expectation {
  /** Only validated: nothing got an id. */
  readonly dry: boolean;
  /** An earlier answer once more; what is derived when it is read may have changed since. */
  readonly again: boolean;
}

/** The expected answer to a command, in the form of `answerFacts`. */
export function expectedAnswer(ledger: Ledger, facts: Facts, how: Expectation): Some {
  const { transaction, hold, job, results, balances, operation, ...others } = facts;
  return new Some({
    ...others,
    ...(transaction !== undefined && {
      transaction: expectedTransaction(transaction as ModelTransaction, how),
    }),
    ...(hold !== undefined && { hold: expectedHold(ledger, hold as ModelHold) }),
    ...(job !== undefined && { job: how.dry ? null : job }),
    ...(balances !== undefined && { balances: settled(ledger, balances as Balances) }),
    ...(operation !== undefined && { operation: expectedOperation(operation as ModelOperation, how) }),
    ...(results !== undefined && { results: (results as ItemFacts[]).map(expectedResult) }),
  });
}

/** A transaction as the service shows it. What the model leaves open is undefined. */
export function expectedTransaction(transaction: ModelTransaction, { dry, again }: Expectation) {
  const { id, type, amount, source, destination, job, refunded, reversedBy } = transaction;
  if (transaction.state === "REFUSED")
    return new Some({ id, type, state: "REFUSED", reason: transaction.reason, postings: {} });
  return {
    ...transaction,
    id: dry ? "" : id,
    amount: amount ?? (type === "COMPOUND" ? null : undefined),
    asset: amount === null ? undefined : transaction.asset,
    source: source ?? undefined,
    destination: destination ?? undefined,
    job: dry && job !== null ? "" : (job ?? undefined),
    refunded: again ? undefined : isRefundable(transaction) ? refunded : null,
    reversedBy: again ? undefined : reversedBy,
  };
}

function expectedOperation({ state, reason, figures, transaction }: ModelOperation, how: Expectation) {
  const isOpen = tellsOfNoWallet(reason);
  return {
    ...{ state, reason, figures: new Some(figures) },
    transaction: isOpen ? undefined : expectedTransaction(transaction, how),
  };
}

/**
 * A hold as the service shows it: what was not captured is released when it is resolved. One that was only validated is
 * not in the ledger and has no id.
 */
export function expectedHold(ledger: Ledger, hold: ModelHold) {
  const released = hold.state === "ACTIVE" ? 0n : hold.amount - hold.captured;
  return { ...hold, id: ledger.holds.has(hold.id) ? hold.id : "", released };
}

type Balances = Readonly<Record<string, { readonly version: bigint }>>;

/** The version of a wallet rises when an expired hold is released, which may be at any time after the expiry. */
function settled(ledger: Ledger, balances: Balances) {
  return Object.fromEntries(
    Object.entries(balances).map(([name, balance]) => {
      const open = (ledger.wallets.get(name)?.expiries ?? 0) > 0;
      return [name, open ? { ...balance, version: undefined } : balance];
    }),
  );
}

function expectedResult(result: ItemFacts) {
  const isOpen = tellsOfNoWallet(result.reason);
  return {
    ...result,
    transaction: isOpen ? undefined : result.transaction,
    figures: new Some(result.figures),
  };
}

/** Whether a movement was refused because what it names does not exist, or is not of its asset. */
export function tellsOfNoWallet(reason: string): boolean {
  return reason.endsWith("_NOT_FOUND") || reason === "ASSET_MISMATCH";
}
