import type { Command } from "./command.js";
import type { Facts, Figures, Ledger, Outcome } from "./ledger.js";

type ExecuteBatch = Extract<Command, { kind: "executeBatch" }>;

/** What became of one movement of a batch. */
export interface ItemFacts {
  readonly state: "POSTED" | "REFUSED" | "NOT_APPLIED";
  readonly transaction: string;
  readonly reason: string;
  readonly figures: Figures;
  readonly replayed: boolean;
}

/** Answers one movement of a batch; what it makes is named `id`. */
type AnswerItem = (ledger: Ledger, request: { key: string; command: Command; id: string }) => Outcome;

/**
 * ExecuteBatch. The third movement of step 12 makes transaction `t12.3`. An ATOMIC batch that is refused leaves the
 * ledger as it was, also the keys of its items.
 */
export function executeBatch(
  ledger: Ledger,
  command: ExecuteBatch,
  id: string,
  answerItem: AnswerItem,
): Facts {
  const trial = command.mode === "ATOMIC" ? structuredClone(ledger) : ledger;
  const results: ItemFacts[] = [];
  for (const [index, { key, movement }] of command.items.entries()) {
    const outcome = answerItem(trial, { key, command: movement, id: `${id}.${index + 1}` });
    results.push(itemFacts(trial, key, outcome, command.validateOnly));
    if (command.mode === "ATOMIC" && outcome.kind === "refused") return stopped(command, results);
  }
  if (trial !== ledger) replace(ledger, trial);
  return { results, posted: results.filter(({ state }) => state === "POSTED").length };
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

/** The results of an ATOMIC batch that its last result stopped: no item was applied. */
function stopped({ items }: ExecuteBatch, results: readonly ItemFacts[]): Facts {
  const last = results.at(-1);
  if (last === undefined) throw new Error("a batch has an item that stopped it");
  const others = items.map(
    (): ItemFacts => ({
      state: "NOT_APPLIED",
      transaction: "",
      reason: last.reason,
      figures: {},
      replayed: false,
    }),
  );
  return { results: others.with(results.length - 1, { ...last, transaction: "" }), posted: 0 };
}
