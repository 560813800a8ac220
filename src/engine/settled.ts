import { readClock } from "../db/clock.js";
import type { Database } from "../db/database.js";
import { lockWalletForRead } from "../db/locks.js";
import { Session } from "../db/session.js";
import { withAttempts } from "./attempts.js";
import type { EngineLimits } from "./limits.js";
import { Turns } from "./turns.js";

/**
 * Longer than any batch can take, in microseconds: nothing can be posted any more with a time that is so long ago.
 */
export const settledMicros = 60_000_000n;

/** A wallet whose present is being asked for, and those who came since. */
interface Asking {
  readonly answer: Promise<bigint>;
  next: Promise<bigint> | null;
}

/**
 * Tells the present of wallets, as a moment before which their postings are final.
 *
 * A batch that is under way has its time already and may still commit with it. So this waits for the wallet's lock:
 * whoever posts to the wallet afterwards reads the clock afterwards. However many ask, and however long somebody keeps
 * wallets locked, few connections wait for that: the others are for whoever reads anything else.
 */
export class Settling {
  readonly #database: Database;
  readonly #limits: EngineLimits;
  readonly #asking = new Map<string, Asking>();
  readonly #turns: Turns;

  constructor(database: Database, limits: EngineLimits) {
    this.#database = database;
    this.#limits = limits;
    this.#turns = new Turns(limits.settlingMax);
  }

  /**
   * The present of a wallet, in microseconds since 1970.
   *
   * @throws CONTENTION or DATABASE_UNAVAILABLE
   */
  now(walletId: string): Promise<bigint> {
    const asking = this.#asking.get(walletId);
    if (asking === undefined) return this.#ask(walletId);
    // What is under way may have read the clock before this was asked; all who come meanwhile share what follows it.
    const again = () => this.#ask(walletId);
    asking.next ??= asking.answer.then(again, again);
    return asking.next;
  }

  #ask(walletId: string): Promise<bigint> {
    const asking: Asking = {
      // Each try takes a turn of its own: who waits for a locked wallet does not keep the others from theirs.
      answer: withAttempts(this.#limits, () => this.#turns.take(() => this.#read(walletId))),
      next: null,
    };
    this.#asking.set(walletId, asking);
    const done = () => {
      if (asking.next === null) this.#asking.delete(walletId);
    };
    asking.answer.then(done, done);
    return asking.answer;
  }

  #read(walletId: string): Promise<bigint> {
    const { reader, locks } = this.#database;
    const { slowLockTimeoutMs: lockTimeoutMs, statementTimeoutMs } = this.#limits;
    return Session.use(reader.createQueryRunner(), async (session) => {
      session.begin({ isolation: "read committed", lockTimeoutMs, statementTimeoutMs });
      await lockWalletForRead(locks, session, walletId);
      return readClock(session);
    });
  }
}
