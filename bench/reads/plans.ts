import { type Pool, StatementNames } from "../../src/db/pool.js";

/**
 * Runs a read with a connection that first has PostgreSQL explain each statement, and returns what it said: the plans
 * of the very statements that the service sends.
 */
export async function plansOf(reader: Pool, read: (reader: Pool) => Promise<unknown>): Promise<string[]> {
  const plans: string[] = [];
  const explaining = {
    statementNames: new StatementNames(0, 0),
    query: async (sql: string, parameters: unknown[]) => {
      const rows: { "QUERY PLAN": string }[] = await reader.query(
        `explain (analyze, buffers) ${sql}`,
        parameters,
      );
      plans.push(rows.map((row) => row["QUERY PLAN"]).join("\n"));
      return reader.query(sql, parameters);
    },
  };
  await read(explaining as unknown as Pool);
  return plans;
}
