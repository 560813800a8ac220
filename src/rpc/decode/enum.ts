import type { Check } from "./check.js";

/** A filter's enum value under the name the domain knows it by; null when it is unspecified. */
export function decodeEnum<Name extends string>(
  check: Check,
  field: string,
  names: Readonly<Record<number, string>> & Readonly<Record<Name | "UNSPECIFIED", unknown>>,
  value: number,
): Exclude<Name, "UNSPECIFIED"> | null {
  if (value === 0) return null;
  const name = names[value];
  check.that(name !== undefined, field, `must be one of the values of its enum, not ${value}`);
  return (name ?? null) as Exclude<Name, "UNSPECIFIED"> | null;
}
