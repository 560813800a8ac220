/** How a 64-bit integer is kept in JSON, which has none. */
interface BigintText {
  readonly $bigint: string;
}

/** A value as it is kept with an idempotency key, so that a replay answers exactly what was answered first. */
export function toSnapshot(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, part) => (typeof part === "bigint" ? { $bigint: `${part}` } : part)),
  );
}

/** The value that was kept. */
export function fromSnapshot<Value>(snapshot: unknown): Value {
  return JSON.parse(JSON.stringify(snapshot), (_, part) =>
    isBigintText(part) ? BigInt(part.$bigint) : part,
  );
}

function isBigintText(part: unknown): part is BigintText {
  return typeof part === "object" && part !== null && "$bigint" in part && typeof part.$bigint === "string";
}
