import type { DataSource } from "typeorm";
import { lowestId } from "./lowest-id.js";

/** How many months ahead `transactions` has a partition. Beyond that, rows go to the default partition. */
const monthsAhead = 12;

/**
 * Makes the monthly partitions of `transactions` from this month on. Its ids begin with their time, so a month is a
 * range of ids. A month whose rows already went to the default partition keeps them there.
 */
export async function ensurePartitions(owner: DataSource, now: Date): Promise<void> {
  for (let ahead = 0; ahead <= monthsAhead; ahead++) {
    const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead));
    const to = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead + 1));
    const name = `transactions_${from.toISOString().slice(0, 7).replace("-", "_")}`;
    if (await inDefaultPartition(owner, from, to)) continue;
    await owner.query(
      `create table if not exists ${name} partition of transactions for values from ('${lowestId(microsOf(from))}') to ('${lowestId(microsOf(to))}')`,
    );
  }
}

async function inDefaultPartition(owner: DataSource, from: Date, to: Date): Promise<boolean> {
  const [{ found }] = await owner.query(
    "select exists (select from transactions_default where id >= $1 and id < $2) as found",
    [lowestId(microsOf(from)), lowestId(microsOf(to))],
  );
  return found;
}

function microsOf(time: Date): bigint {
  return BigInt(time.getTime()) * 1_000n;
}
