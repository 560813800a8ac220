import { expectOracles } from "../test/support/oracles.js";
import { countMovements } from "./databases.js";
import type { Bench } from "./report/scenario.js";

/** A ledger that is held to what its clients saw. */
export interface Ledger {
  /** What its database is called. */
  readonly database: string;
  readonly url: string;
  /** Movements that it was prepared with. */
  readonly before: number;
  /** Movements that its clients saw succeed. */
  succeeded: number;
}

/** Which ledger. */
export interface LedgerOptions {
  readonly database: string;
  /** The copy that this is a copy of; unset: the ledger as it was prepared. */
  readonly from?: string;
  /** Where the database is, if it has been made; unset: it is copied. */
  readonly url?: string;
}

export async function openLedger({ databases }: Bench, options: LedgerOptions): Promise<Ledger> {
  const { database, from } = options;
  const url = options.url ?? (await databases.copy(database, from));
  return { database, url, before: await countMovements(url), succeeded: 0 };
}

/** @throws when the ledger holds more or fewer movements than its clients saw succeed. */
export async function proveCount({ database, url, before, succeeded }: Ledger): Promise<void> {
  const made = (await countMovements(url)) - before;
  if (made !== succeeded)
    throw new Error(`${database} holds ${made} movements, its clients saw ${succeeded}`);
}

/**
 * Proves that every success that its clients saw is in the ledger, once, and the ledger is sound, and drops it.
 *
 * @param except oracles that cannot hold, because the server was made to leave something out.
 * @throws when it is not so: its figures count for nothing.
 */
export async function proveLedger(
  { databases }: Bench,
  ledger: Ledger,
  except: readonly string[] = [],
): Promise<void> {
  await proveCount(ledger);
  await expectOracles(ledger.url, except);
  await databases.drop(ledger.database);
}
