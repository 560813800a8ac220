import type { Duration } from "@bufbuild/protobuf/wkt";
import type { Check } from "./check.js";

const ttlSecondsMin = 1;
const ttlSecondsMax = 30 * 24 * 60 * 60;

/** How long a hold lasts, in microseconds. Finer digits are cut off. */
export function decodeTtl(check: Check, ttl: Duration): bigint {
  const micros = ttl.seconds * 1_000_000n + BigInt(Math.trunc(ttl.nanos / 1_000));
  const inRange =
    micros >= BigInt(ttlSecondsMin) * 1_000_000n && micros <= BigInt(ttlSecondsMax) * 1_000_000n;
  // In a positive duration the nanos are positive too, and less than a second.
  const wellFormed = ttl.nanos >= 0 && ttl.nanos < 1_000_000_000;
  check.that(inRange && wellFormed, "ttl", "must be 1 second to 30 days");
  return micros;
}
