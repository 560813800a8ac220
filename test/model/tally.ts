import type { ItemFacts } from "./batches.js";
import type { CommandKind } from "./command.js";
import type { Taken } from "./sequence.js";

/** Every reason that histories are made to meet, but INVALID_FIELD and what depends on who calls. */
export const expectedReasons = [
  "ALREADY_REVERSED",
  "ASSET_FROZEN",
  "ASSET_MISMATCH",
  "ASSET_NOT_FOUND",
  "BALANCE_OVERFLOW",
  "DESTINATION_UNAVAILABLE",
  "EMAIL_TAKEN",
  "EXTERNAL_REFERENCE_USED",
  "HOLDER_EXISTS",
  "HOLDER_NOT_FOUND",
  "HOLDER_SUSPENDED",
  "HOLD_AMOUNT_EXCEEDED",
  "HOLD_EXPIRED",
  "HOLD_NOT_FOUND",
  "HOLD_RESOLVED",
  "IDEMPOTENCY_KEY_REUSED",
  "INSUFFICIENT_FUNDS",
  "JOB_NOT_FOUND",
  "JOB_STATE",
  "LEGS_UNBALANCED",
  "LIMIT_EXCEEDED",
  "NOT_REFUNDABLE",
  "REFUND_AMOUNT_EXCEEDED",
  "SAME_WALLET",
  "TRANSACTION_NOT_FOUND",
  "VERSION_MISMATCH",
  "WALLET_CLOSED",
  "WALLET_EXISTS",
  "WALLET_FROZEN",
  "WALLET_NOT_EMPTY",
  "WALLET_NOT_FOUND",
];

/** How often each kind of command ended how. */
export class Tally {
  readonly #counts = new Map<string, Map<string, number>>();

  /** The number of steps that were counted. */
  total = 0;

  add(taken: readonly Taken[]): void {
    for (const { step, outcome } of taken) {
      this.total += 1;
      const { kind } = step.command;
      this.#count(kind, outcome.kind === "refused" ? outcome.reason : "done");
      if (outcome.replayOf !== undefined) this.#count(kind, "replayed");
      if (outcome.kind === "refused" || outcome.facts.results === undefined) continue;
      for (const { state, reason } of outcome.facts.results as ItemFacts[])
        this.#count(`items of ${kind}`, state === "REFUSED" ? reason : state);
    }
  }

  /** The kinds that were never done, and the reasons that never occurred. */
  missing(kinds: readonly CommandKind[]): string[] {
    const reasons = new Set([...this.#counts.values()].flatMap((counts) => [...counts.keys()]));
    return [
      ...kinds.filter((kind) => !this.#counts.get(kind)?.has("done")).map((kind) => `${kind} was never done`),
      ...expectedReasons.filter((reason) => !reasons.has(reason)).map((reason) => `${reason} never occurred`),
    ];
  }

  /** One line for each kind, with its commonest endings first. */
  toString(): string {
    const lines = [...this.#counts].sort().map(([kind, counts]) => {
      const endings = [...counts].sort(([, one], [, other]) => other - one);
      return `  ${kind}: ${endings.map(([ending, count]) => `${ending} ${count}`).join(", ")}`;
    });
    return lines.join("\n");
  }

  #count(kind: string, ending: string): void {
    const counts = this.#counts.get(kind) ?? new Map<string, number>();
    this.#counts.set(kind, counts.set(ending, (counts.get(ending) ?? 0) + 1));
  }
}
