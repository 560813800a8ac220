import type { DataSource } from "typeorm";

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
      `create table if not exists ${name} partition of transactions for values from ('${lowestId(from)}') to ('${lowestId(to)}')`,
    );
  }
}

async function inDefaultPartition(owner: DataSource, from: Date, to: Date): Promise<boolean> {
  const [{ found }] = await owner.query(
    "select exists (select from transactions_default where id >= $1 and id < $2) as found",
    [lowestId(from), lowestId(to)],
  );
  return found;
}

/** The lowest UUIDv7 of a moment: its milliseconds, then zeros. */
export function lowestId(time: Date): string {
  const milliseconds = time.getTime().toString(16).padStart(12, "0");
  return `${milliseconds.slice(0, 8)}-${milliseconds.slice(8)}-0000-0000-000000000000`;
}
