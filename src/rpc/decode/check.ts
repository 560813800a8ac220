import { type FieldViolation, WalletError } from "../../ledger/wallet-error.js";

// Enough to mend a client by. The details of an error have to fit into HTTP trailers.
const violationsMax = 16;

/** Gathers what is wrong with a request, so that the caller learns of it at once and not piece by piece. */
export class Check {
  readonly #violations: FieldViolation[] = [];

  /** Notes one wrong field. */
  wrong(field: string, description: string): void {
    this.#violations.push({ field, description });
  }

  /** Notes a wrong field unless the condition holds. */
  that(condition: boolean, field: string, description: string): void {
    if (!condition) this.wrong(field, description);
  }

  /** @throws INVALID_FIELD with what was noted, at most 16 fields of it. */
  done(): void {
    const [first, ...more] = this.#violations;
    if (first === undefined) return;
    const others = more.length === 0 ? "" : `, and ${more.length} more`;
    const violations = this.#violations.slice(0, violationsMax);
    throw new WalletError("INVALID_FIELD", `${first.field}: ${first.description}${others}`, {
      metadata: { fields: violations.map(({ field }) => field).join(", ") },
      violations,
    });
  }
}
