/**
 * One sentence for each place where what the service says is not what the model expects. What is undefined in the
 * expectation is left open; a record has the same names on both sides, except that `Some` asks for some of them only.
 */
export function differences(expected: unknown, actual: unknown, path = "answer"): string[] {
  if (expected === undefined) return [];
  if (expected instanceof Some) {
    const have = (actual ?? {}) as Record<string, unknown>;
    return Object.entries(expected.values).flatMap(([name, value]) =>
      differences(value, have[name], `${path}.${name}`),
    );
  }
  if (!isRecord(expected) || !isRecord(actual)) {
    return Object.is(expected, actual) ? [] : [`${path}: expected ${show(expected)}, got ${show(actual)}`];
  }
  const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...names].flatMap((name) =>
    name in expected
      ? differences(expected[name], actual[name], `${path}.${name}`)
      : [`${path}.${name}: not expected, got ${show(actual[name])}`],
  );
}

/** Stands for a record that has these values, and perhaps more. */
export class Some {
  readonly values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.values = values;
  }
}

/** Any value on one line. */
export function show(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}n` : part)) ?? "nothing";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
