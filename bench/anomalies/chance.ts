import type { Random } from "../../test/model/random.js";

const fine = 1_000_000;

/** A number from 0 to below 1. */
export function fraction(random: Random): number {
  return random.below(fine) / fine;
}

/** A number between two others. */
export function within(random: Random, min: number, max: number): number {
  return min + fraction(random) * (max - min);
}

/** A whole number of units around a median, spread by factors: the lognormal distribution that payments follow. */
export function lognormal(random: Random, median: number, sigma: number): bigint {
  const normal = Math.sqrt(-2 * Math.log(1 - fraction(random))) * Math.cos(2 * Math.PI * fraction(random));
  return unitsOf(median * Math.exp(sigma * normal));
}

/** At least one whole unit. */
export function unitsOf(amount: number): bigint {
  return BigInt(Math.max(1, Math.round(amount)));
}
