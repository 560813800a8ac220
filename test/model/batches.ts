import type { Command } from "./command.js";
import type { Facts, Figures, Ledger, Outcome } from "./ledger.js";

type ExecuteBatch = Extract<Command, { kind: "executeBatch" }>;
type ExecuteStream = Extract<Command, { kind: "executeStream" }>;

/** What became of one movement of a batch or a stream. */
export interface ItemFacts {
  readonly state: "POSTED" | "REFUSED" | "NOT_APPLIED";
  readonly transaction: string;
  readonly reason: string;
  readonly figures: Figures;
  readonly replayed: boolean;
}

/** How one movement of a batch or a stream is answered. */
interface ItemRules {
  /** Its answer, and what it does; what it makes is named `id`. */
  readonly answer: (ledger: Ledger, request: { key: string; command: Command; id: string }) => Outcome;
  /** Why an ATOMIC batch refuses it before the state of the ledger counts. Empty: it does not. */
  readonly wrongBefore: (ledger: Ledger, request: { key: string; command: Command }) => string;
}

/**
 * ExecuteBatch. The third movement of step 12 makes transaction `t12.3`. An ATOMIC batch that is refused leaves the
 * ledger as it was, also the keys of its items. Returns also whether its own key is kept, and whether all of it was
 * done before.
 */
export function executeBatch(
  ledger: Ledger,
  command: ExecuteBatch,
  id: string,
  { answer, wrongBefore }: ItemRules,
): { readonly facts: Facts; readonly keeps: boolean; readonly replayed: boolean } {
  const { items, mode, validateOnly } = command;
  if (mode === "ATOMIC") {
    const early = firstWrong(
      items.map(({ key, movement }) => wrongBefore(ledger, { key, command: movement })),
    );
    if (early !== undefined)
      return { facts: stopped(items, early.index, refusedItem(early.reason)), keeps: false, replayed: false };
  }
  const trial = mode === "ATOMIC" ? structuredClone(ledger) : ledger;
  if (validateOnly) trial.keys.clear();
  const results: ItemFacts[] = [];
  for (const [index, { key, movement }] of items.entries()) {
    const outcome = answer(trial, { key, command: movement, id: `${id}.${index + 1}` });
    const result = itemFacts(trial, key, outcome, validateOnly);
    results.push(result);
    if (mode === "ATOMIC" && result.state === "REFUSED")
      return { facts: stopped(items, index, result), keeps: true, replayed: false };
  }
  if (trial !== ledger) replace(ledger, trial);
  const posted = results.filter(({ state }) => state === "POSTED").length;
  return { facts: { results, posted }, keeps: true, replayed: results.every(({ replayed }) => replayed) };
}

/** ExecuteStream, each movement sent once the one before was answered. Its transactions are named as a batch's. */
export function executeStream(
  ledger: Ledger,
  { items }: ExecuteStream,
  id: string,
  answer: ItemRules["answer"],
): Facts {
  const results = items.map(({ key, movement }, index) => {
    const outcome = answer(ledger, { key, command: movement, id: `${id}.${index + 1}` });
    return itemFacts(ledger, key, outcome, false);
  });
  return { results };
}

/**
 * What stops an ATOMIC batch before the state of the ledger counts, and leaves its own key free: a movement that is
 * wrong by itself, or else a key that was used before.
 */
function firstWrong(reasons: readonly string[]): { index: number; reason: string } | undefined {
  const wrong = reasons.findIndex((reason) => reason !== "" && reason !== "IDEMPOTENCY_KEY_REUSED");
  const index = wrong >= 0 ? wrong : reasons.indexOf("IDEMPOTENCY_KEY_REUSED");
  const reason = reasons[index];
  return reason === undefined ? undefined : { index, reason };
}

function refusedItem(reason: string): ItemFacts {
  return { state: "REFUSED", transaction: "", reason, figures: {}, replayed: false };
}

/** Puts everything of another ledger in the place of what a ledger has. */
function replace(ledger: Ledger, other: Ledger): void {
  for (const part of Object.keys(ledger) as (keyof Ledger)[]) {
    const target = ledger[part] as Map<string, unknown>;
    target.clear();
    for (const [key, value] of other[part]) target.set(key, value);
  }
}

function itemFacts(ledger: Ledger, key: string, outcome: Outcome, dry: boolean): ItemFacts {
  const replayed = outcome.replayOf !== undefined;
  if (outcome.kind === "done") {
    const { id } = outcome.facts.transaction as { id: string };
    return { state: "POSTED", transaction: dry ? "" : id, reason: "", figures: {}, replayed };
  }
  const { reason, figures } = outcome;
  const kept = ledger.keys.get(key)?.outcome === outcome || replayed;
  const transaction = kept && !dry ? (ledger.keys.get(key)?.transaction ?? "") : "";
  return { state: "REFUSED", transaction, reason, figures, replayed };
}

/** The results of an ATOMIC batch that one item stopped: no item was applied. */
function stopped(items: ExecuteBatch["items"], index: number, stopper: ItemFacts): Facts {
  const { reason } = stopper;
  const others = items.map((): ItemFacts => ({ ...refusedItem(reason), state: "NOT_APPLIED" }));
  return { results: others.with(index, { ...stopper, transaction: "" }), posted: 0 };
}
