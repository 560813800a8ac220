import type { Random } from "../../test/model/random.js";
import { within } from "./chance.js";

export const secondMicros = 1_000_000n;
export const days = 60;
export const daySeconds = 86_400;

/** 2026-01-01, a time like any other. */
const start = 1_767_225_600n * secondMicros;

/** How much happens in each hour of a day. */
const hours = [1, 1, 1, 1, 1, 1, 2, 4, 4, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 8, 8, 7, 5, 3].map(
  (weight, hour) => [weight, hour] as const,
);

/** Something that happens at a time, in microseconds since 1970. */
export interface Plan {
  readonly time: bigint;
  run(): void;
}

/** A time of day as people have them, on a day counted from 0. */
export function someTime(random: Random, day: number): bigint {
  return timeAt(day, (random.weighted(hours) + within(random, 0, 1)) * 3_600);
}

/** A second of a day. */
export function timeAt(day: number, second: number): bigint {
  return start + BigInt(Math.round((day * daySeconds + second) * 1e6));
}

/** Seconds after a time. */
export function after(time: bigint, seconds: number): bigint {
  return time + BigInt(Math.round(seconds * 1e6));
}
