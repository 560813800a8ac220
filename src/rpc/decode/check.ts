import { type FieldViolation, WalletError } from "../../ledger/wallet-error.js";

// Enough to mend a client by. The details of an error have to fit into HTTP trailers.
const violationsMax = 16;

/** Gathers what is wrong with a request, so that the caller learns of it at once and not piece by piece. */
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

  /** @throws INVALID_FIELD with what was noted, at most 16 fields of it. */
  done(): void {
    const error = this.error();
    if (error !== null) throw error;
  }

  /** INVALID_FIELD with everything that was noted; null when nothing was. */
  error(): WalletError | null {
    const [first, ...more] = this.#violations;
    if (first === undefined) return null;
    const others = more.length === 0 ? "" : `, and ${more.length} more`;
    const violations = this.#violations.slice(0, violationsMax);
    return new WalletError("INVALID_FIELD", `${first.field}: ${first.description}${others}`, {
      metadata: { fields: violations.map(({ field }) => field).join(", ") },
      violations,
    });
  }
}

function joined(path: string, field: string): string {
  return path === "" || field === "" ? path + field : `${path}.${field}`;
}
