import type { Wallet } from "../ledger/wallet.js";
import type { Pool } from "./pool.js";
import { findWallets } from "./wallets.js";

/** A wallet as it was at a moment, in microseconds since 1970; undefined when there was none. */
export interface WalletThen {
  readonly wallet: Wallet | undefined;
  readonly time: bigint;
}

/** Somebody who waits for a wallet. */
interface Waiting {
  readonly id: string;
  readonly resolve: (found: WalletThen) => void;
  readonly reject: (error: unknown) => void;
}

/** How many are answered by one statement. */
const gatheredMax = 500;

/** How many statements are under way at most: more than one, so that one connection that hangs does not stop them all. */
const statementsMax = 3;

/**
 * Reads single wallets for many callers at once: all that wait at one moment are read by one statement, and those who come
 * while a few of these run by the next one. Nobody is told what was read before he asked.
 */
export class GatheredWallets {
  readonly #reader: Pool;
  readonly #waiting: Waiting[] = [];
  #statements = 0;

  constructor(reader: Pool) {
    this.#reader = reader;
  }

  /** @throws DATABASE_UNAVAILABLE when the database cannot answer now. */
  find(id: string): Promise<WalletThen> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id, resolve, reject });
      if (this.#statements === statementsMax) return;
      this.#statements++;
      // After the other calls that have arrived by now, so that they share the statement.
      setImmediate(() => this.#readAll());
    });
  }

  async #readAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#readSome(this.#waiting.splice(0, gatheredMax));
    this.#statements--;
  }

  /** It never fails: whoever waits is told. */
  async #readSome(waiting: readonly Waiting[]): Promise<void> {
    try {
      const { wallets, time } = await findWallets(this.#reader, [...new Set(waiting.map(({ id }) => id))]);
      const byId = new Map(wallets.map((wallet) => [wallet.id, wallet]));
      for (const { id, resolve } of waiting) resolve({ wallet: byId.get(id), time });
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}
