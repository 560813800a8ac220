import { readClock } from "../db/clock.js";
import type { Database } from "../db/database.js";
import { releaseLease, takeLease } from "../db/leases.js";
import { Session } from "../db/session.js";
import type { EngineLimits } from "./limits.js";
import { newId } from "./new-id.js";

/** The right of one process among several to do some background work, for a while. It is a row, not a lock. */
export class Lease {
  readonly #database: Database;
  readonly #limits: EngineLimits;
  readonly #name: string;
  readonly #durationMs: number;
  readonly #owner = newId();

  /** @param durationMs how long it lasts after each `take`, by the database's clock. */
  constructor(database: Database, limits: EngineLimits, name: string, durationMs: number) {
    this.#database = database;
    this.#limits = limits;
    this.#name = name;
    this.#durationMs = durationMs;
  }

  /** Takes the lease or renews it. False while another process has it. */
  take(): Promise<boolean> {
    return this.#inTransaction(async (session) => {
      const now = await readClock(session);
      const until = now + BigInt(this.#durationMs) * 1_000n;
      return takeLease(session, { name: this.#name, owner: this.#owner, now, until });
    });
  }

  /** Lets another process have it at once. */
  async release(): Promise<void> {
    await this.#inTransaction((session) => releaseLease(session, { name: this.#name, owner: this.#owner }));
  }

  #inTransaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return Session.use(this.#database.writer.createQueryRunner(), async (session) => {
      session.begin({
        isolation: "read committed",
        lockTimeoutMs: this.#limits.fastLockTimeoutMs,
        statementTimeoutMs: this.#limits.statementTimeoutMs,
      });
      const result = await work(session);
      await session.commit();
      return result;
    });
  }
}
