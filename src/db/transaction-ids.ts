import { lowestId } from "./lowest-id.js";
import { toTimestamp, unseen } from "./sql.js";
import type { Values } from "./values.js";

/** What is looked for: transactions behind one of them, and of a span of create times; null for no bound. */
export interface IdQuery {
  readonly afterId: string | null;
  readonly start: bigint | null;
  readonly end: bigint | null;
}

/** How far the clocks of a service and of its database may differ; `/readyz` watches over it. */
export const clocksDifferMaxMicros = 10_000_000n;

/** More than a request waits that is not queued. A queued one that waits longer is looked up: see migration "waits". */
const waitMaxMicros = 3_600_000_000n;

/**
 * The conditions that a transaction's id meets, on whichever column has it. An id begins with the time at which the service
 * took the request up, by its own clock; the create time is the database's, when the request was decided.
 *
 * PostgreSQL plans a page once when it does not see the span: that takes longer than reading it.
 */
export function idConditions(
  { afterId, start, end }: IdQuery,
  values: Values,
): (column: string) => readonly string[] {
  const bounds: string[] = [];
  if (afterId !== null) bounds.push(`< ${values.add(afterId)}::uuid`);
  if (start !== null) bounds.push(`>= ${firstIdOf(start, values)}`);
  if (end !== null) bounds.push(`< ${unseen(values.add(lowestId(end + clocksDifferMaxMicros)), "uuid")}`);
  return (column) => bounds.map((bound) => `${column} ${bound}`);
}

function firstIdOf(start: bigint, values: Values): string {
  const usual = unseen(values.add(lowestId(start - waitMaxMicros - clocksDifferMaxMicros)), "uuid");
  const time = unseen(values.add(toTimestamp(start)), "timestamptz");
  return `least(${usual}, (select o.id from operations o
    where o.complete_time >= ${time} and o.complete_time - o.create_time > interval '1 hour' order by o.id limit 1))`;
}
