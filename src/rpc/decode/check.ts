import { type FieldViolation, WalletError } from "../../ledger/wallet-error.js";

/** Gathers what is wrong with a request, so that the caller learns of all of it at once. */
export class Check {
  readonly #violations: FieldViolation[];
  readonly #path: string;

  /** @param path the message within the request that is checked; empty for the request itself. */
  constructor(path = "", violations: FieldViolation[] = []) {
    this.#path = path;
    this.#violations = violations;
  }

  /** The same check for a message within the request, whose fields are named from the request's own. */
  within(path: string): Check {
    return new Check(joined(this.#path, path), this.#violations);
  }

  /** Whether anything was noted, in whichever message of the request. */
  get failed(): boolean {
    return this.#violations.length > 0;
  }

  /** Notes one wrong field. */
  wrong(field: string, description: string): void {
    this.#violations.push({ field: joined(this.#path, field), description });
  }

  /** Notes a wrong field unless the condition holds. */
  that(condition: boolean, field: string, description: string): void {
    if (!condition) this.wrong(field, description);
  }

  /** @throws INVALID_FIELD with everything that was noted. */
  done(): void {
    const error = this.error();
    if (error !== null) throw error;
  }

  /** INVALID_FIELD with everything that was noted; null when nothing was. */
  error(): WalletError | null {
    const [first, ...more] = this.#violations;
    if (first === undefined) return null;
    const others = more.length === 0 ? "" : `, and ${more.length} more`;
    return new WalletError("INVALID_FIELD", `${first.field}: ${first.description}${others}`, {
      metadata: { fields: this.#violations.map(({ field }) => field).join(", ") },
      violations: this.#violations,
    });
  }
}

function joined(path: string, field: string): string {
  return path === "" || field === "" ? path + field : `${path}.${field}`;
}
