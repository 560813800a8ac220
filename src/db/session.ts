import pg from "pg";
import type { QueryRunner } from "typeorm";
import { ConnectionLostError } from "./failure.js";
import { Pool, type StatementNames } from "./pool.js";

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

/** The driver's connection; its stream is not in the driver's types. */
type Connection = Pick<pg.PoolClient, "query"> & {
  readonly connection: { readonly stream: { cork(): void; uncork(): void } };
};

/** What is sent: parameters are undefined for text that may have several statements, a name for one that is prepared. */
interface Statement {
  readonly text: string;
  readonly values?: unknown[] | undefined;
  readonly name?: string | undefined;
}

/**
 * One transaction on one query runner's connection. Statements are sent in call order without waiting for earlier
 * answers (PostgreSQL still runs them in that order), so a batch costs two round trips instead of a dozen.
 *
 * The runner's own `query` is not used: it sends after a few turns of the microtask queue, so that a statement sent
 * straight after could overtake it, and it hides the command tag that tells a commit from a rollback.
 */
export class Session {
  readonly #connection: Connection;
  readonly #statementNames: StatementNames | null;
  readonly #answers: Promise<unknown>[] = [];
  #open = false;
  #gathering = false;
  #writtenMs = 0;
  #failure: unknown;
  /** What a write failed with that was left to `commit`, when no statement had failed. */
  #unsent: { readonly cause: unknown } | null = null;

  private constructor(connection: Connection, statementNames: StatementNames | null) {
    this.#connection = connection;
    this.#statementNames = statementNames;
  }

  /** When all that was sent before `commit` was answered, in milliseconds by `performance.now()`; 0 until then. */
  get writtenMs(): number {
    return this.#writtenMs;
  }

  /** Runs `work` on a connection of its own. Whatever happens, the transaction has ended when it is given back. */
  static async use<T>(queryRunner: QueryRunner, work: (session: Session) => Promise<T>): Promise<T> {
    try {
      const { dataSource } = queryRunner;
      const statementNames = dataSource instanceof Pool ? dataSource.statementNames : null;
      const session = new Session(await connect(queryRunner), statementNames);
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
      this.#query({
        text: `begin isolation level ${isolation}; set local lock_timeout = ${lockTimeoutMs}; set local statement_timeout = ${statementTimeoutMs}`,
      }),
    );
  }

  /** Sends one statement and returns its rows once they are there. A failure also fails `commit`. */
  send<Row extends object = never>(sql: string, parameters?: unknown[]): Promise<Row[]> {
    return this.#track(this.#query<Row>({ text: sql, values: parameters }).then(({ rows }) => rows));
  }

  /**
   * The same with a statement that each connection prepares once: reading and planning it takes longer than running it for
   * a few rows. Only for statements whose best plan does not depend on their parameters, and of whose texts there are few.
   */
  sendPrepared<Row extends object = never>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    const name = this.#statementNames?.of(sql);
    return this.#track(this.#query<Row>({ name, text: sql, values: parameters }).then(({ rows }) => rows));
  }

  /**
   * Leaves a write to `commit`, which fails when it does. A write sends all its statements at once, so what keeps it from
   * sending one is known before `commit` is sent: PostgreSQL would commit without it.
   */
  leave(write: Promise<unknown>): void {
    write.catch((cause: unknown) => {
      if (cause !== this.#failure) this.#unsent ??= { cause };
    });
  }

  /**
   * Sends `commit` behind everything sent before, and waits for all answers.
   *
   * @throws what made an earlier statement fail, and for any command tag but COMMIT: PostgreSQL answers ROLLBACK to
   * the commit of a failed transaction without calling that an error.
   */
  async commit(): Promise<CommitFate> {
    // A turn of the microtasks, in which writes that sent nothing fail.
    await null;
    if (this.#unsent !== null) throw this.#unsent.cause;
    const commit = this.#query({ text: "commit" });
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
    await this.#query({ text: "rollback" }).catch(() => {});
  }

  #track<T>(answer: Promise<T>): Promise<T> {
    this.#answers.push(answer);
    // Whoever awaits the answer sees its failure; so does `commit`. In between nobody may be listening.
    answer.catch(() => {});
    return answer;
  }

  /**
   * What is sent at one moment, and the `commit` that follows it, go out as one packet: each by itself would wake PostgreSQL
   * once more.
   */
  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    const { stream } = this.#connection.connection;
    stream.cork();
    const send = () => {
      this.#gathering = false;
      stream.uncork();
    };
    // The second turn is behind the one that `commit` waits for.
    queueMicrotask(() => queueMicrotask(send));
  }

  async #query<Row extends object>(statement: Statement): Promise<pg.QueryResult<Row>> {
    this.#gather();
    try {
      return await this.#connection.query<Row>(statement);
    } catch (error) {
      // What is sent behind a failure fails as well, and says nothing of why: that is what its caller has to know.
      const failure = error instanceof pg.DatabaseError ? error : new ConnectionLostError(error);
      const follows = failure instanceof pg.DatabaseError && followsFailure.has(failure.code);
      this.#failure = follows ? (this.#failure ?? failure) : failure;
      throw this.#failure;
    }
  }
}

/** "in failed transaction", and "no such prepared statement" for one that was not prepared because of that. */
const followsFailure: ReadonlySet<string | undefined> = new Set(["25P02", "26000"]);

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
