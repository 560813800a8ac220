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
  #renewAtMs = 0;

  /** @param durationMs how long it lasts after each `take`, by the database's clock. */
  constructor(database: Database, limits: EngineLimits, name: string, durationMs: number) {
    this.#database = database;
    this.#limits = limits;
    this.#name = name;
    this.#durationMs = durationMs;
  }

  /** Whether it was taken so lately that it need not be renewed yet: no more than a third of it is over. */
  get isFresh(): boolean {
    return performance.now() < this.#renewAtMs;
  }

  /** Takes the lease or renews it. False while another process has it. */
  async take(): Promise<boolean> {
    const renewAtMs = performance.now() + this.#durationMs / 3;
    const isTaken = await this.#inTransaction(async (session) => {
      const now = await readClock(session);
      const until = now + BigInt(this.#durationMs) * 1_000n;
      return takeLease(session, { name: this.#name, owner: this.#owner, now, until });
    });
    this.#renewAtMs = isTaken ? renewAtMs : 0;
    return isTaken;
  }

  /** Lets another process have it at once. */
  async release(): Promise<void> {
    this.#renewAtMs = 0;
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
