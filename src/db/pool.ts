import { DataSource, type DataSourceOptions } from "typeorm";

/** How many statements a connection keeps prepared. Each keeps a plan of some hundred kilobytes. */
const preparedMax = 64;

/** How many of them are kept for statements with one text, however many texts the pages of lists have. */
const reservedMax = 16;

/** A pool of connections, which prepare the statements that come again and again. */
export class Pool extends DataSource {
  readonly statementNames: StatementNames;

  /**
   * @param prepares whether its connections may keep prepared statements. Behind a pooler that gives each transaction
   * another connection they may not.
   */
  constructor(options: DataSourceOptions, prepares: boolean) {
    super(options);
    this.statementNames = new StatementNames(prepares ? preparedMax : 0, reservedMax);
  }
}

/** The names that statements are prepared under, the same on each connection. */
export class StatementNames {
  readonly #max: number;
  readonly #pagesMax: number;
  readonly #names = new Map<string, string>();
  #pages = 0;

  /**
   * @param max how many names there are in all. None is given to a second text: connections keep what they prepared.
   * @param reserved how many of them pages leave to other statements.
   */
  constructor(max: number, reserved: number) {
    this.#max = max;
    this.#pagesMax = Math.max(0, max - reserved);
  }

  /** The name of a statement that has one text; undefined to send it unprepared. */
  of(sql: string): string | undefined {
    return this.#names.get(sql) ?? this.#add(sql);
  }

  /** The name of the statement of a page, whose filters are part of its text; undefined to send it unprepared. */
  ofPage(sql: string): string | undefined {
    const known = this.#names.get(sql);
    if (known !== undefined || this.#pages >= this.#pagesMax) return known;
    this.#pages++;
    return this.#add(sql);
  }

  #add(sql: string): string | undefined {
    if (this.#names.size >= this.#max) return undefined;
    const name = `statement_${this.#names.size + 1}`;
    this.#names.set(sql, name);
    return name;
  }
}
