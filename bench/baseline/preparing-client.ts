import pg from "pg";

/** The names that statements are prepared under, the same on each connection. The baseline has some ten statements. */
const names = new Map<string, string>();

/**
 * A connection that prepares every statement that has parameters, which TypeORM's query runner has no way to ask for:
 * PostgreSQL parses and plans it once, as it does for the service where that pays.
 */
export class PreparingClient extends pg.Client {
  // The driver's own method has a signature for each way to call it; TypeORM knows one.
  override query: pg.Client["query"] = (...call: unknown[]) => {
    const [text, values, ...rest] = call;
    const send = super.query.bind(this) as (...args: unknown[]) => never;
    if (typeof text !== "string" || !Array.isArray(values) || values.length === 0) return send(...call);
    return send({ name: nameOf(text), text, values }, ...rest);
  };
}

function nameOf(text: string): string {
  const name = names.get(text) ?? `baseline_${names.size + 1}`;
  names.set(text, name);
  return name;
}
