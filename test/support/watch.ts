import type pg from "pg";

const patienceMs = 10_000;

/** Asks until the answer is yes. Each question is a round trip to the database, so nothing spins and nothing sleeps. */
export async function until(what: string, ask: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + patienceMs;
  while (!(await ask())) {
    if (Date.now() > giveUpAt) throw new Error(`waited ${patienceMs} ms in vain until ${what}`);
  }
}

/** Resolves once this many sessions of the watcher's database wait for a lock while they run such a statement. */
export async function untilBlocked(watcher: pg.Client, count = 1, statement = "%"): Promise<void> {
  await until(`${count} sessions wait for a lock in ${statement}`, async () => {
    const { rows } = await watcher.query<{ blocked: number }>(
      `select count(*)::int as blocked from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query ilike $1`,
      [statement],
    );
    return rows[0]?.blocked === count;
  });
}

/** One number out of the database. */
export async function countOf(watcher: pg.Client, sql: string, values: unknown[] = []): Promise<number> {
  const { rows } = await watcher.query<{ count: number }>(`select count(*)::int as count ${sql}`, values);
  return rows[0]?.count ?? 0;
}

/** A holder's balance and version of gold, or null when the wallet was never opened. */
export async function walletOf(
  watcher: pg.Client,
  holderId: string,
): Promise<{ balance: bigint; version: bigint; status: string; holderStatus: string } | null> {
  const { rows } = await watcher.query<{
    balance: string;
    version: string;
    status: string;
    holder_status: string;
  }>("select balance, version, status, holder_status from wallets where holder_id = $1", [holderId]);
  const [row] = rows;
  if (row === undefined) return null;
  return {
    balance: BigInt(row.balance),
    version: BigInt(row.version),
    status: row.status,
    holderStatus: row.holder_status,
  };
}

/** A holder's balance of gold; zero when the wallet was never opened. */
export async function balanceOfHolder(watcher: pg.Client, holderId: string): Promise<bigint> {
  return (await walletOf(watcher, holderId))?.balance ?? 0n;
}
