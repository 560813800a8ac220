/** The lowest UUIDv7 of a moment, given in microseconds since 1970: its milliseconds, then zeros. */
export function lowestId(micros: bigint): string {
  const milliseconds = (micros < 0n ? 0n : micros / 1_000n).toString(16).padStart(12, "0");
  return `${milliseconds.slice(0, 8)}-${milliseconds.slice(8)}-0000-0000-000000000000`;
}
