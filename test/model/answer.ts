import { executeBatch, executeStream } from "./batches.js";
import type { Batchable, Command, CommandKind } from "./command.js";
import { compoundForm, postCompound } from "./compound.js";
import { authorize, capture, captureForm, expire, extend, voidHold } from "./holds.js";
import { completeJob, failJob, startJob } from "./jobs.js";
import { type Facts, type Ledger, type Outcome, Refused, type TransactionType } from "./ledger.js";
import { moveOneSided, transfer, transferForm } from "./movements.js";
import { refund, reverse } from "./refunds.js";
import {
  closeWallet,
  createHolder,
  createWallet,
  setAsset,
  setAssetLimits,
  setHolder,
  setWallet,
  setWalletLimits,
} from "./statuses.js";

type ExecuteBatch = Extract<Command, { kind: "executeBatch" }>;
/** What is no list of movements. */
type Single = Exclude<Command, { kind: "executeBatch" | "executeStream" }>;

/** The kinds that keep a refusal as a transaction, and of which type it is. */
const kept: Partial<Record<CommandKind, TransactionType>> = {
  topUp: "TOP_UP",
  withdraw: "WITHDRAWAL",
  spend: "SPEND",
  grantBonus: "BONUS",
  transfer: "TRANSFER",
  adjustBalance: "ADJUSTMENT",
  refundTransaction: "REFUND",
  reverseTransaction: "REVERSAL",
  postTransaction: "COMPOUND",
  captureHold: "CAPTURE",
  failJob: "REFUND",
};

/**
 * The answer to a command under its key, and what it does to the ledger.
 *
 * @param id the name of the transaction that it makes, and of its step.
 */
export function answer(
  ledger: Ledger,
  { key, command, id }: { key: string; command: Command; id: string },
): Outcome {
  if (command.kind === "executeStream")
    return { kind: "done", facts: executeStream(ledger, command, id, answer) };
  const wrong = wrongBefore(ledger, { key, command });
  if (wrong !== "") return { kind: "refused", reason: wrong, figures: {} };
  if (command.kind === "executeBatch") return answerBatch(ledger, { key, command, id });
  if (isDry(command)) return attempt(structuredClone(ledger), command, id);
  const earlier = ledger.keys.get(key);
  if (earlier !== undefined) return { ...earlier.outcome, replayOf: earlier.first };
  const outcome = attempt(ledger, command, id);
  const transaction = outcome.kind === "refused" ? keepRefused(ledger, command, id, outcome.reason) : "";
  if (command.kind !== "expireHold")
    ledger.keys.set(key, { request: requestText(command), outcome, first: id, transaction });
  return outcome;
}

/** An INDEPENDENT batch that is sent again is done again, movement by movement, each under its own key. */
function answerBatch(
  ledger: Ledger,
  { key, command, id }: { key: string; command: ExecuteBatch; id: string },
): Outcome {
  const isLookedUp = !isDry(command) && !hasWrongItem(ledger, command);
  const earlier = isLookedUp ? ledger.keys.get(key) : undefined;
  if (earlier !== undefined && command.mode === "ATOMIC")
    return { ...earlier.outcome, replayOf: earlier.first };
  const made = executeBatch(isDry(command) ? structuredClone(ledger) : ledger, command, id, {
    answer,
    wrongBefore: (now, item) =>
      formOf(now, item.command) ||
      (now.keys.has(item.key) && !isDry(command) ? "IDEMPOTENCY_KEY_REUSED" : ""),
  });
  const first = earlier?.first ?? id;
  const outcome: Outcome = { kind: "done", facts: made.facts };
  if (made.keeps && !isDry(command))
    ledger.keys.set(key, { request: requestText(command), outcome, first, transaction: "" });
  return made.replayed ? { ...outcome, replayOf: first } : outcome;
}

/** The reason for which a command is refused before the state of the ledger counts; the key stays as it is. */
function wrongBefore(ledger: Ledger, { key, command }: { key: string; command: Command }): string {
  const wrong = formOf(ledger, command);
  if (wrong !== "" || isDry(command) || hasWrongItem(ledger, command)) return wrong;
  const earlier = ledger.keys.get(key);
  return earlier === undefined || earlier.request === requestText(command) ? "" : "IDEMPOTENCY_KEY_REUSED";
}

/** Whether it is an ATOMIC batch with a movement that is wrong by itself: it is not even looked up under its key. */
function hasWrongItem(ledger: Ledger, command: Command): boolean {
  if (command.kind !== "executeBatch" || command.mode !== "ATOMIC") return false;
  return command.items.some(({ movement }) => formOf(ledger, movement) !== "");
}

function isDry(command: Command): boolean {
  return "validateOnly" in command && command.validateOnly;
}

/** The request, so that two can be told apart. */
function requestText(command: Command): string {
  return JSON.stringify(command, (_, value) => (typeof value === "bigint" ? `${value}` : value));
}

/** The reason for which the request is wrong by itself. It leaves its key free. Empty: none. */
function formOf(ledger: Ledger, command: Command): string {
  if (command.kind === "transfer") return transferForm(command);
  if (command.kind === "postTransaction") return compoundForm(command);
  if (command.kind === "enqueueTransaction") return formOf(ledger, command.movement);
  return command.kind === "captureHold" ? captureForm(ledger, command) : "";
}

function attempt(ledger: Ledger, command: Single, id: string): Outcome {
  try {
    return { kind: "done", facts: apply(ledger, command, id) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { kind: "refused", reason: error.reason, figures: error.figures };
  }
}

function apply(ledger: Ledger, command: Single, id: string): Facts {
  switch (command.kind) {
    case "createHolder":
      return createHolder(ledger, command);
    case "createWallet":
      return createWallet(ledger, command);
    case "suspendHolder":
    case "reactivateHolder":
      return setHolder(ledger, command.holder, command.kind === "suspendHolder");
    case "freezeAsset":
    case "unfreezeAsset":
      return setAsset(ledger, command.asset, command.kind === "freezeAsset");
    case "freezeWallet":
    case "unfreezeWallet":
      return setWallet(ledger, command, command.kind === "freezeWallet" ? "FROZEN" : "ACTIVE");
    case "closeWallet":
      return closeWallet(ledger, command);
    case "setWalletLimits":
      return setWalletLimits(ledger, command);
    case "setAssetLimits":
      return setAssetLimits(ledger, command);
    case "topUp":
    case "withdraw":
    case "spend":
    case "grantBonus":
    case "adjustBalance":
      return moveOneSided(ledger, command, id);
    case "transfer":
      return transfer(ledger, command, id);
    case "refundTransaction":
      return refund(ledger, command, id);
    case "reverseTransaction":
      return reverse(ledger, command, id);
    case "postTransaction":
      return postCompound(ledger, command, id);
    case "enqueueTransaction":
      return enqueue(ledger, command.movement, id);
    case "authorizeHold":
      return authorize(ledger, command, id);
    case "captureHold":
      return capture(ledger, command, id);
    case "voidHold":
      return voidHold(ledger, command);
    case "extendHold":
      return extend(ledger, command);
    case "expireHold":
      return expire(ledger, command);
    case "startJob":
      return startJob(ledger, command);
    case "completeJob":
      return completeJob(ledger, command);
    case "failJob":
      return failJob(ledger, command, id);
  }
}

/** A movement that is accepted, and then applied or refused: either way its acceptance was no refusal. */
function enqueue(ledger: Ledger, movement: Batchable, id: string): Facts {
  const outcome = attempt(ledger, movement, id);
  if (outcome.kind === "refused") keepRefused(ledger, movement, id, outcome.reason);
  const operation = {
    state: outcome.kind === "done" ? "SUCCEEDED" : "REFUSED",
    reason: outcome.kind === "done" ? "" : outcome.reason,
    figures: outcome.kind === "done" ? {} : outcome.figures,
    transaction: ledger.transactions.get(id),
  };
  return { operation };
}

/** Keeps the refusal of a movement as a transaction. Returns its name, or nothing for other commands. */
function keepRefused(ledger: Ledger, command: Command, id: string, reason: string): string {
  const type = kept[command.kind];
  if (type === undefined) return "";
  ledger.transactions.set(id, {
    id,
    type,
    state: "REFUSED",
    reason,
    amount: null,
    asset: "asset" in command ? command.asset : "",
    source: null,
    destination: null,
    postings: {},
    reference: "",
    original: "",
    hold: "",
    job: null,
    refunded: 0n,
    reversedBy: "",
  });
  return id;
}
