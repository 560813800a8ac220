import type { Check } from "./check.js";

/** A limit in smallest units. Left out, it means that there is none. */
export function decodeLimit(check: Check, field: string, units: bigint | undefined): bigint | null {
  check.that(units === undefined || units >= 0n, field, "must not be negative; leave it out for no limit");
  return units ?? null;
}
