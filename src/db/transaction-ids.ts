import { lowestId } from "./lowest-id.js";
import type { Pool } from "./pool.js";
import { readPrepared } from "./read.js";
import { toTimestamp } from "./sql.js";

/** What is looked for: transactions behind one of them, and of a span of create times; null for no bound. */
export interface IdQuery {
  readonly afterId: string | null;
  readonly start: bigint | null;
  readonly end: bigint | null;
}

/** The ids that they have: below `after`, from `from` on, below `to`; null for no bound. */
export interface IdRange {
  readonly after: string | null;
  readonly from: string | null;
  readonly to: string | null;
}

/** How far the clocks of a service and of its database may differ; `/readyz` watches over it. */
export const clocksDifferMaxMicros = 10_000_000n;

/** More than a request waits that is not queued. A queued one that waits longer is looked up: see migration "waits". */
const waitMaxMicros = 3_600_000_000n;

/**
 * The range of ids that transactions of a span of create times lie in. An id begins with the time at which the service
 * took the request up, by its own clock; the create time is the database's, when the request was decided.
 */
export async function idsOf(reader: Pool, { afterId, start, end }: IdQuery): Promise<IdRange> {
  return {
    after: afterId,
    from: start === null ? null : await firstIdOf(reader, start),
    to: end === null ? null : lowestId(end + clocksDifferMaxMicros),
  };
}

async function firstIdOf(reader: Pool, start: bigint): Promise<string> {
  const usual = lowestId(start - waitMaxMicros - clocksDifferMaxMicros);
  const [waited] = await readPrepared<{ id: string }>(
    reader,
    `select o.id from operations o
     where o.complete_time >= $1 and o.complete_time - o.create_time > interval '1 hour' order by o.id limit 1`,
    [toTimestamp(start)],
  );
  return waited !== undefined && waited.id < usual ? waited.id : usual;
}
