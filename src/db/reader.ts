import { DataSource, type DataSourceOptions } from "typeorm";

/** How many statements a connection keeps prepared. Each keeps a plan of some hundred kilobytes. */
const preparedMax = 64;

/** A pool for reads outside the engine's transactions. */
export class Reader extends DataSource {
  readonly statementNames: StatementNames;

  /**
   * @param prepares whether its connections may keep prepared statements. Behind a pooler that gives each transaction
   * another connection they may not.
   */
  constructor(options: DataSourceOptions, prepares: boolean) {
    super(options);
    this.statementNames = new StatementNames(prepares ? preparedMax : 0);
  }
}

/** The names that statements are prepared under, the same on each connection. */
export class StatementNames {
  readonly #max: number;
  readonly #names = new Map<string, string>();

  constructor(max: number) {
    this.#max = max;
  }

  /** The name of a statement; undefined to send it unprepared. */
  of(sql: string): string | undefined {
    const known = this.#names.get(sql);
    if (known !== undefined || this.#names.size >= this.#max) return known;
    const name = `read_${this.#names.size + 1}`;
    this.#names.set(sql, name);
    return name;
  }
}
