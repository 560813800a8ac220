import type { DataSource } from "typeorm";
import { lowestId } from "./lowest-id.js";

/** How many months ahead `transactions` has a partition. Beyond that, rows go to the default partition. */
const monthsAhead = 12;

/** The longest past that is given partitions, in months: a hundred years. */
const monthsBetweenMax = 1_200;

const version7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7/;

/**
 * Makes the monthly partitions of `transactions` from this month on. Its ids begin with their time, so a month is a
 * range of ids. A month whose rows already went to the default partition keeps them there.
 */
export async function ensurePartitions(owner: DataSource, now: Date): Promise<void> {
  for (let ahead = 0; ahead <= monthsAhead; ahead++) {
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead));
    if (!(await inDefaultPartition(owner, month))) await owner.query(createMonthPartition(month));
  }
}

/** The statement that makes the partition of a month, unless it is there. The default one may hold nothing of it. */
export function createMonthPartition(month: Date): string {
  const name = `transactions_${month.toISOString().slice(0, 7).replace("-", "_")}`;
  const { from, to } = idsOf(month);
  return `create table if not exists ${name} partition of transactions for values from ('${from}') to ('${to}')`;
}

/**
 * The months from one id to another, each by its first moment. None when the ids tell no time, or times too far apart
 * to be true: such rows are safe in the default partition.
 */
export function monthsBetween(firstId: string, lastId: string): Date[] {
  if (!version7.test(firstId) || !version7.test(lastId)) return [];
  const months: Date[] = [];
  const last = timeOf(lastId);
  for (let month = monthOf(timeOf(firstId)); month <= last; month = nextMonth(month)) {
    if (months.push(month) > monthsBetweenMax) return [];
  }
  return months;
}

async function inDefaultPartition(owner: DataSource, month: Date): Promise<boolean> {
  const { from, to } = idsOf(month);
  const [{ found }] = await owner.query(
    "select exists (select from transactions_default where id >= $1 and id < $2) as found",
    [from, to],
  );
  return found;
}

function idsOf(month: Date): { from: string; to: string } {
  return { from: lowestId(microsOf(month)), to: lowestId(microsOf(nextMonth(month))) };
}

/** The moment that an id of version 7 begins with. */
function timeOf(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}

function monthOf(time: Date): Date {
  return new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth()));
}

function nextMonth(month: Date): Date {
  return new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1));
}

function microsOf(time: Date): bigint {
  return BigInt(time.getTime()) * 1_000n;
}
