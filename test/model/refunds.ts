import type { Amount, Command } from "./command.js";
import { type Facts, type Ledger, type ModelTransaction, type ModelWallet, Refused } from "./ledger.js";
import { between } from "./movements.js";
import { type Change, movementFacts, needRoom, post } from "./post.js";
import { needFreeReference, needMoving, needVersion, needWallet } from "./rules.js";

const refundable: readonly string[] = ["SPEND", "WITHDRAWAL", "TRANSFER"];

/** Whether refunds can give it back at all. */
export function isRefundable({ type, state }: ModelTransaction): boolean {
  return state === "POSTED" && refundable.includes(type);
}

/** What refunds have not yet given back of a transaction that stands. */
export function leftToRefund({ amount, refunded, reversedBy }: ModelTransaction): bigint {
  return reversedBy === "" ? (amount ?? 0n) - refunded : 0n;
}

/** RefundTransaction. */
export function refund(
  ledger: Ledger,
  command: Extract<Command, { kind: "refundTransaction" }>,
  id: string,
): Facts {
  const original = needTransaction(ledger, command.transaction);
  if (command.amount !== null && command.amount.asset !== original.asset) throw new Refused("ASSET_MISMATCH");
  if (!isRefundable(original)) throw new Refused("NOT_REFUNDABLE");
  if (original.reversedBy !== "") throw new Refused("ALREADY_REVERSED");
  const [giver, receiver] = sidesOf(ledger, original);
  needMoving(ledger, [giver, receiver]);
  needFreeReference(ledger, "REFUND", [original.asset], command.reference);
  needVersion(giver, command.expectedVersion);
  const left = leftToRefund(original);
  const units = command.amount?.units ?? left;
  if (units > left || units === 0n) throw new Refused("REFUND_AMOUNT_EXCEEDED");
  const amount = { asset: original.asset, units };
  const facts = giveBack(ledger, original, amount, { id, reference: command.reference });
  const refunded = original.refunded;
  return { ...facts, refunded, refundable: (original.amount ?? 0n) - refunded };
}

/** The posting of a refund whose original and wallets have been looked at. */
export function giveBack(
  ledger: Ledger,
  original: ModelTransaction,
  { asset, units }: Amount,
  { id, reference, job = null }: { id: string; reference: string; job?: string | null },
): Facts {
  const [giver, receiver] = sidesOf(ledger, original);
  const changes: Change[] = [
    [giver, -units],
    [receiver, units],
  ];
  needRoom(ledger, "REFUND", changes);
  original.refunded += units;
  const given = { id, asset, amount: units, reference, job, ...between(giver, receiver) };
  const made = post(ledger, { ...given, type: "REFUND", original: original.id }, changes);
  return movementFacts(ledger, made, changes);
}

/** The wallet that received by a transaction and gives back, and the one that paid. */
export function sidesOf(
  ledger: Ledger,
  { source, destination, asset }: ModelTransaction,
): [ModelWallet, ModelWallet] {
  return [
    needWallet(ledger, { wallet: destination ?? "" }, asset, false),
    needWallet(ledger, { wallet: source ?? "" }, asset, false),
  ];
}

/** ReverseTransaction. */
export function reverse(
  ledger: Ledger,
  command: Extract<Command, { kind: "reverseTransaction" }>,
  id: string,
): Facts {
  const original = needTransaction(ledger, command.transaction);
  if (original.reversedBy !== "") throw new Refused("ALREADY_REVERSED");
  const isCorrection = original.type === "REFUND" || original.type === "REVERSAL";
  if (original.state === "REFUSED" || isCorrection || original.refunded > 0n)
    throw new Refused("NOT_REFUNDABLE");
  const changes = Object.entries(original.postings).map(([name, units]): Change => {
    const wallet = ledger.wallets.get(name);
    if (wallet === undefined) throw new Error(`the model has lost ${name}`);
    return [wallet, -units];
  });
  const wallets = changes.map(([wallet]) => wallet);
  needMoving(ledger, wallets);
  const assets = [...new Set(wallets.map(({ asset }) => asset))];
  needFreeReference(ledger, "REVERSAL", assets, command.reference);
  needRoom(ledger, "REVERSAL", changes, { belowFloor: command.allowBelowFloor });
  original.reversedBy = id;
  const simple = original.type !== "COMPOUND" && original.type !== "CAPTURE";
  const given = {
    id,
    type: "REVERSAL" as const,
    asset: original.asset,
    amount: simple ? sizeOf(original.amount) : null,
    source: simple ? original.destination : null,
    destination: simple ? original.source : null,
    reference: command.reference,
    original: original.id,
    job: null,
  };
  return movementFacts(ledger, post(ledger, given, changes), changes);
}

function needTransaction(ledger: Ledger, id: string): ModelTransaction {
  const transaction = ledger.transactions.get(id);
  if (transaction === undefined) throw new Refused("TRANSACTION_NOT_FOUND");
  return transaction;
}

/** An adjustment may be negative; its reversal is a plain movement the other way. */
function sizeOf(units: bigint | null): bigint | null {
  return units !== null && units < 0n ? -units : units;
}
