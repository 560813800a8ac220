import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { Check } from "./check.js";

/** From the year 1 to the year 9999, as `google.protobuf.Timestamp` allows. */
const secondsMin = -62_135_596_800n;
const secondsMax = 253_402_300_799n;

/** A time of a request, in microseconds since 1970; null when it was left out. Finer digits are cut off. */
export function decodeTime(check: Check, field: string, time: Timestamp | undefined): bigint | null {
  if (time === undefined) return null;
  const fits =
    time.seconds >= secondsMin && time.seconds <= secondsMax && time.nanos >= 0 && time.nanos < 1_000_000_000;
  check.that(fits, field, "must lie between the years 1 and 9999, with nanos from 0 to 999999999");
  return time.seconds * 1_000_000n + BigInt(Math.trunc(time.nanos / 1_000));
}

/** The time range of a list, whose start comes before its end. */
export function decodeTimeRange(
  check: Check,
  range: { startTime?: Timestamp | undefined; endTime?: Timestamp | undefined },
): { start: bigint | null; end: bigint | null } {
  const start = decodeTime(check, "start_time", range.startTime);
  const end = decodeTime(check, "end_time", range.endTime);
  check.that(start === null || end === null || start < end, "end_time", "must be later than start_time");
  return { start, end };
}
