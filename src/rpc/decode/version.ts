import type { Check } from "./check.js";

/** The version that a wallet must have, if the caller asks for one. */
export function decodeExpectedVersion(
  check: Check,
  field: string,
  version: bigint | undefined,
): bigint | null {
  check.that(version === undefined || version >= 0n, field, "must not be negative");
  return version ?? null;
}
