/** The largest amount or balance: the top of a signed 64-bit integer, in an asset's smallest units. */
export const amountMax = 9_223_372_036_854_775_807n;

/** The lowest balance a wallet can reach. One above the bottom of 64 bits, so that a sign can always be turned. */
export const balanceMin = -amountMax;

/** Whether a balance fits into what the database and the wire can carry. */
export function fitsBalance(units: bigint): boolean {
  return units >= balanceMin && units <= amountMax;
}

/** The nearest value that the wire can carry; only for figures that are shown, never for ones that are kept. */
export function clampToWire(units: bigint): bigint {
  if (units > amountMax) return amountMax;
  return units < balanceMin ? balanceMin : units;
}
