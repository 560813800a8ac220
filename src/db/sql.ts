/**
 * Builds array parameters as PostgreSQL array literals. The driver's own array encoding took a third of a batch's
 * time; a literal costs one string.
 *
 * This one is for values that need no quotes: numbers, UUIDs, slugs, and words of a closed set. Null stays null.
 */
export function plainArray(values: Iterable<string | bigint | number | null>): string {
  const printed = [...values];
  if (printed.includes(null)) return `{${printed.map((value) => value ?? "NULL").join(",")}}`;
  return `{${printed.join(",")}}`;
}

/** An array literal of texts; null stays null. */
export function textArray(values: Iterable<string | null>): string {
  return arrayOfRuns(values, quoted);
}

/** An array literal of byte strings. */
export function bytesArray(values: Iterable<Buffer>): string {
  return `{${[...values].map((bytes) => `"\\\\x${bytes.toString("hex")}"`).join(",")}}`;
}

/** An array literal of times given in microseconds since 1970; null stays null. */
export function timeArray(values: Iterable<bigint | null>): string {
  return arrayOfRuns(values, (micros) => `"${toTimestamp(micros)}"`);
}

/** Many columns of a batch have one value in all rows, and printing it costs more than remembering the last. */
function arrayOfRuns<T>(values: Iterable<T | null>, print: (value: T) => string): string {
  let last: T | null = null;
  let printed = "NULL";
  const printedOnce = (value: T | null): string => {
    if (value !== last) printed = value === null ? "NULL" : print(value);
    last = value;
    return printed;
  };
  return `{${Array.from(values, printedOnce).join(",")}}`;
}

/**
 * A parameter of a prepared statement that is not looked at when it is planned. PostgreSQL plans anew each time while knowing
 * what is asked for makes the plan look cheaper, such as the one partition that a wallet is in; that takes longer than
 * reading a row. From a subquery it learns nothing, plans once, and finds the partition when it runs.
 */
export function unseen(parameter: `$${number}`, type: string): string {
  return `(select ${parameter}::${type})`;
}

/** Any of the ids of an array parameter, of which the planner does not see how many there are. */
export function anyUnseen(parameter: `$${number}`): string {
  return `any(array(select unnest(${parameter}::uuid[])))`;
}

/** An array of ids or of integers as PostgreSQL prints it (`{1,2}`): nothing in it is quoted or null. */
export function fromPlainArray(text: string): string[] {
  return text === "{}" ? [] : text.slice(1, -1).split(",");
}

/** A time as PostgreSQL reads it, to the microsecond. */
export function toTimestamp(micros: bigint): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n; // Before 1970 the remainder is negative.
  const seconds = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19);
  return `${seconds}.${fraction.toString().padStart(6, "0")}Z`;
}

const printedTime =
  /^(?<date>\d{4}-\d\d-\d\d) (?<time>\d\d:\d\d:\d\d)(?:\.(?<fraction>\d{1,6}))?(?<offset>[+-]\d\d(?::\d\d){0,2})$/;

/** A time as PostgreSQL prints it (`2026-11-21 10:00:00.123456+00`), in microseconds since 1970. */
export function fromTimestamp(text: string): bigint {
  return fromUtc(text) ?? fromAnyOffset(text);
}

/** The usual case, a session in UTC and a year of four digits, without a pattern: it runs three times per locked wallet. */
function fromUtc(text: string): bigint | null {
  if (text[4] !== "-" || !text.endsWith("+00")) return null;
  const milliseconds = Date.parse(`${text.slice(0, 10)}T${text.slice(11, 19)}Z`);
  if (Number.isNaN(milliseconds)) return null;
  return BigInt(milliseconds) * 1000n + BigInt(text.slice(20, -3).padEnd(6, "0"));
}

function fromAnyOffset(text: string): bigint {
  const { date, time, fraction = "", offset = "" } = printedTime.exec(text)?.groups ?? {};
  const milliseconds = Date.parse(`${date}T${time}Z`) - offsetSeconds(offset) * 1000;
  if (Number.isNaN(milliseconds)) throw new Error(`the database sent a time that is not one: ${text}`);
  return BigInt(milliseconds) * 1000n + BigInt(fraction.padEnd(6, "0"));
}

/** An offset from UTC as PostgreSQL prints it: hours, and minutes and seconds where they are not zero. */
function offsetSeconds(offset: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = offset.slice(1).split(":").map(Number);
  return (offset.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds);
}

const needsEscape = /[\\"]/;

function quoted(text: string): string {
  return needsEscape.test(text) ? `"${text.replace(/[\\"]/g, "\\$&")}"` : `"${text}"`;
}
