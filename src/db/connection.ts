import pg from "pg";

/** What a statement answers, each value as the server prints it. */
type Printed = readonly (string | null)[];

const connectTimeoutMs = 5_000;

// Everything that decides how the server prints a value, and the bounds of a service that long work would run into.
const settings = [
  "timezone = 'UTC'",
  "datestyle = 'ISO, YMD'",
  "intervalstyle = 'iso_8601'",
  "bytea_output = 'hex'",
  "extra_float_digits = 1",
  "statement_timeout = 0",
  "lock_timeout = 0",
  "idle_in_transaction_session_timeout = 0",
  "work_mem = '64MB'",
  "jit = off",
];

/**
 * A connection of its own for one long transaction. It is none of a pool: those send statements without waiting for
 * answers, which a cursor cannot share, and end what runs long.
 */
export class Connection {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  /** Connects and begins a transaction of this kind: `read write`, or `isolation level … read only`. */
  static async begin(url: string, name: string, kind: string): Promise<Connection> {
    const client = new pg.Client({
      connectionString: url,
      application_name: name,
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      types: { getTypeParser: () => asPrinted },
    });
    client.on("error", () => {}); // The statement in flight fails as well.
    await client.connect();
    const connection = new Connection(client);
    try {
      await client.query(`begin ${kind}; ${settings.map((setting) => `set local ${setting}`).join("; ")}`);
    } catch (error) {
      await connection.end();
      throw error;
    }
    return connection;
  }

  /** Runs one statement, and answers its rows as lists of what the server printed. */
  async query(text: string, values: readonly unknown[] = []): Promise<Printed[]> {
    const { rows } = await this.#client.query<(string | null)[]>({
      text,
      values: [...values],
      rowMode: "array",
    });
    return rows;
  }

  /** Makes it last. */
  async commit(): Promise<void> {
    const { command } = await this.#client.query("commit");
    if (command !== "COMMIT") throw new Error(`the database answered ${command} to a commit`);
  }

  /** Ends the connection, and with it what was not committed. */
  async end(): Promise<void> {
    await this.#client.end();
  }
}

const asPrinted = (text: string): string => text;
