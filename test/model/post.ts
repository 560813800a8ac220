import {
  balanceOf,
  type Facts,
  type Ledger,
  type ModelTransaction,
  type ModelWallet,
  Refused,
  type TransactionType,
  unitsMax,
} from "./ledger.js";
import { ceiling, debitLimits, needFunds, needWithin, takeReference } from "./rules.js";

/** One wallet's side of a movement: positive in, negative out. */
export type Change = readonly [wallet: ModelWallet, units: bigint];

/** What kinds of movement the limits on going out hold for, and which count against the daily one. */
const limited: readonly TransactionType[] = ["TRANSFER", "SPEND", "WITHDRAWAL", "COMPOUND"];
const counted: readonly TransactionType[] = [...limited, "CAPTURE"];

/** What may keep the amounts from moving, in order: LIMIT_EXCEEDED, INSUFFICIENT_FUNDS, BALANCE_OVERFLOW. */
export function needRoom(
  ledger: Ledger,
  type: TransactionType,
  changes: readonly Change[],
  { belowFloor = false } = {},
): void {
  const credits = changes.filter(([, units]) => units > 0n);
  const debits = changes.flatMap(([wallet, units]) => (units < 0n ? [[wallet, -units] as const] : []));
  const bounded = limited.includes(type) ? debits : [];
  needWithin([
    ...bounded.flatMap(([wallet, units]) => debitLimits(ledger, wallet, units)),
    ...credits.flatMap(([wallet, units]) => ceiling(wallet, units)),
  ]);
  if (!belowFloor) needFunds(ledger, debits);
  const fits = ([wallet, units]: Change) =>
    wallet.posted + units <= unitsMax && wallet.posted + units >= -unitsMax;
  if (!changes.every(fits)) throw new Refused("BALANCE_OVERFLOW");
}

/** What a transaction is made of; the rest follows. */
export type NewTransaction = Pick<
  ModelTransaction,
  "id" | "type" | "amount" | "asset" | "source" | "destination" | "reference"
> &
  Partial<Pick<ModelTransaction, "original" | "hold" | "job">>;

/** Moves the amounts, opens wallets where needed, and keeps the transaction. */
export function post(ledger: Ledger, given: NewTransaction, changes: readonly Change[]): ModelTransaction {
  const transaction: ModelTransaction = {
    original: "",
    hold: "",
    job: "",
    ...given,
    state: "POSTED",
    reason: "",
    postings: Object.fromEntries(changes.map(([{ name }, units]) => [name, units])),
    refunded: 0n,
    reversedBy: "",
  };
  for (const [wallet, units] of changes) {
    ledger.wallets.set(wallet.name, wallet);
    wallet.posted += units;
    wallet.version += 1n;
    if (units < 0n && counted.includes(given.type)) wallet.wentOut -= units;
    wallet.postings.push({ transaction: given.id, amount: units, after: wallet.posted });
  }
  ledger.transactions.set(given.id, transaction);
  const assets = [...new Set(changes.map(([{ asset }]) => asset))];
  takeReference(ledger, given.type, assets, given.reference, given.id);
  return transaction;
}

/** What the answer to a movement says: the transaction as it is now, and the balances of its wallets. */
export function movementFacts(
  ledger: Ledger,
  transaction: ModelTransaction,
  changes: readonly Change[],
): Facts {
  return {
    transaction: { ...transaction },
    balances: Object.fromEntries(changes.map(([wallet]) => [wallet.name, balanceOf(ledger, wallet)])),
  };
}
