import pg from "pg";
import type { QueryRunner } from "typeorm";
import { ConnectionLostError } from "./failure.js";

/** How a transaction ended: durable, or unknown because the connection was lost after `commit` was sent. */
export type CommitFate = "committed" | "in_doubt";

/**
 * How far a transaction is kept apart from others. Ordered row locks make "read committed" enough for every rule of
 * the ledger; "serializable" has PostgreSQL prove it for each transaction, and costs reruns.
 */
export type Isolation = "read committed" | "serializable";

/** What holds for one transaction only. */
export interface TransactionSettings {
  /** "repeatable read" is for what reads: all its statements then see the same snapshot. */
  readonly isolation: Isolation | "repeatable read";
  /** How long it waits for any one lock, in milliseconds. */
  readonly lockTimeoutMs: number;
  /** How long any one of its statements may run, in milliseconds. */
  readonly statementTimeoutMs: number;
}

type Connection = Pick<pg.PoolClient, "query">;

/**
 * One transaction on one query runner's connection. Statements are sent in call order without waiting for earlier
 * answers (PostgreSQL still runs them in that order), so a batch costs two round trips instead of a dozen.
 *
 * The runner's own `query` is not used: it sends after a few turns of the microtask queue, so that a statement sent
 * straight after could overtake it, and it hides the command tag that tells a commit from a rollback.
 */
export class Session {
  readonly #connection: Connection;
  readonly #answers: Promise<unknown>[] = [];
  #open = false;
  #writtenMs = 0;
  #failure: unknown;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** When all that was sent before `commit` was answered, in milliseconds by `performance.now()`; 0 until then. */
  get writtenMs(): number {
    return this.#writtenMs;
  }

  /** Runs `work` on a connection of its own. Whatever happens, the transaction has ended when it is given back. */
  static async use<T>(queryRunner: QueryRunner, work: (session: Session) => Promise<T>): Promise<T> {
    try {
      const session = new Session(await connect(queryRunner));
      try {
        return await work(session);
      } finally {
        if (session.#open) await session.rollback();
      }
    } finally {
      await queryRunner.release();
    }
  }

  /** Sends `begin` with its settings. They go with the transaction, so that a pooler may sit in between. */
  begin(settings: TransactionSettings): void {
    this.#open = true;
    const { isolation, lockTimeoutMs, statementTimeoutMs } = settings;
    this.#track(
      this.#query(
        `begin isolation level ${isolation}; set local lock_timeout = ${lockTimeoutMs}; set local statement_timeout = ${statementTimeoutMs}`,
      ),
    );
  }

  /** Sends one statement and returns its rows once they are there. A failure also fails `commit`. */
  send<Row extends object = never>(sql: string, parameters?: unknown[]): Promise<Row[]> {
    return this.#track(this.#query<Row>(sql, parameters).then((result) => result.rows));
  }

  /**
   * Sends `commit` behind everything sent before, and waits for all answers.
   *
   * @throws what made an earlier statement fail, and for any command tag but COMMIT: PostgreSQL answers ROLLBACK to
   * the commit of a failed transaction without calling that an error.
   */
  async commit(): Promise<CommitFate> {
    const commit = this.#query("commit");
    commit.catch(() => {});
    try {
      for (const answer of this.#answers) await answer;
    } catch (error) {
      if (error instanceof ConnectionLostError) return "in_doubt";
      throw error;
    } finally {
      this.#writtenMs = performance.now();
    }
    const fate = await commitFate(commit);
    this.#open = false;
    return fate;
  }

  /** Ends the transaction without keeping anything. Never throws: a lost connection rolls back by itself. */
  async rollback(): Promise<void> {
    this.#open = false;
    await this.#query("rollback").catch(() => {});
  }

  #track<T>(answer: Promise<T>): Promise<T> {
    this.#answers.push(answer);
    // Whoever awaits the answer sees its failure; so does `commit`. In between nobody may be listening.
    answer.catch(() => {});
    return answer;
  }

  async #query<Row extends object>(sql: string, parameters?: unknown[]): Promise<pg.QueryResult<Row>> {
    try {
      return await this.#connection.query<Row>(sql, parameters);
    } catch (error) {
      // What is sent behind a failure fails as well, and says nothing of why: that is what its caller has to know.
      if (error instanceof pg.DatabaseError && error.code === inFailedTransaction)
        throw this.#failure ?? error;
      this.#failure = error instanceof pg.DatabaseError ? error : new ConnectionLostError(error);
      throw this.#failure;
    }
  }
}

const inFailedTransaction = "25P02";

async function connect(queryRunner: QueryRunner): Promise<Connection> {
  try {
    return (await queryRunner.connect()) as Connection;
  } catch (error) {
    throw error instanceof pg.DatabaseError ? error : new ConnectionLostError(error);
  }
}

async function commitFate(commit: Promise<pg.QueryResult>): Promise<CommitFate> {
  try {
    const { command } = await commit;
    if (command === "COMMIT") return "committed";
    throw new Error(`the database answered ${command} to a commit`);
  } catch (error) {
    if (error instanceof ConnectionLostError) return "in_doubt";
    // An administrator's shutdown can arrive after the commit became durable: that, too, is unknown.
    if (error instanceof pg.DatabaseError && error.code?.startsWith("57P")) return "in_doubt";
    throw error;
  }
}
