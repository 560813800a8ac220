/** How a 64-bit integer is kept in JSON, which has none. */
interface BigintText {
  readonly $bigint: string;
}

/** How bytes are kept in JSON, which has none either. */
interface BytesText {
  readonly $bytes: string;
}

/** A value as it is kept in the database, so that what is read again is exactly what was written. */
export function toSnapshot(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, function (this: Record<string, unknown>, name, part) {
      if (typeof part === "bigint") return { $bigint: `${part}` };
      // A buffer has turned itself into an object by now; its owner still has it.
      const original = this[name];
      return original instanceof Buffer ? { $bytes: original.toString("base64") } : part;
    }),
  );
}

/** The value that was kept. */
export function fromSnapshot<Value>(snapshot: unknown): Value {
  return JSON.parse(JSON.stringify(snapshot), (_, part) => {
    if (isBigintText(part)) return BigInt(part.$bigint);
    return isBytesText(part) ? Buffer.from(part.$bytes, "base64") : part;
  });
}

function isBytesText(part: unknown): part is BytesText {
  return typeof part === "object" && part !== null && "$bytes" in part && typeof part.$bytes === "string";
}

function isBigintText(part: unknown): part is BigintText {
  return typeof part === "object" && part !== null && "$bigint" in part && typeof part.$bigint === "string";
}
