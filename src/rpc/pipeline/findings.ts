import type { FieldViolation } from "../../ledger/wallet-error.js";
import { WalletError } from "../../ledger/wallet-error.js";

/** What is wrong with the fields of one request, apart from what they mean. */
export interface Findings {
  /** Fields that this server does not know. */
  readonly unknown: FieldViolation[];
  /** Texts with U+0000 or a lone surrogate. */
  readonly text: FieldViolation[];
}

// Enough to mend a client by. The details of an error have to fit into HTTP trailers.
const violationsMax = 16;

/** Nothing found yet. */
export function noFindings(): Findings {
  return { unknown: [], text: [] };
}

/** Notes a field that this server does not know, by its number or, from JSON, by its name. */
export function noteUnknownField({ unknown }: Findings, path: string, field: number | string): void {
  if (unknown.length >= violationsMax) return;
  const description =
    typeof field === "number"
      ? `this server does not know field number ${field}; leave it out, or ask a newer server`
      : "this server does not know this field; leave it out, or ask a newer server";
  unknown.push({ field: `${path}${field}`, description });
}

/** Notes a text that cannot be stored. */
export function noteUnstorableText({ text }: Findings, path: string): void {
  if (text.length >= violationsMax) return;
  text.push({ field: path, description: "must not contain U+0000 or a lone surrogate" });
}

/** Throws `INVALID_FIELD` if there are violations. */
export function refuseFields(violations: FieldViolation[]): void {
  if (violations.length === 0) return;
  const fields = violations.map(({ field }) => field).join(", ");
  throw new WalletError("INVALID_FIELD", `the request has fields that are not accepted: ${fields}`, {
    metadata: { fields },
    violations,
  });
}
