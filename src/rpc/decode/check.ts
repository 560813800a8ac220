import { type FieldViolation, WalletError } from "../../ledger/wallet-error.js";

/** Gathers what is wrong with a request, so that the caller learns of all of it at once. */
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

  /** @throws INVALID_FIELD with everything that was noted. */
  done(): void {
    const [first, ...more] = this.#violations;
    if (first === undefined) return;
    const others = more.length === 0 ? "" : `, and ${more.length} more`;
    throw new WalletError("INVALID_FIELD", `${first.field}: ${first.description}${others}`, {
      metadata: { fields: this.#violations.map(({ field }) => field).join(", ") },
      violations: this.#violations,
    });
  }
}
