import { stripVTControlCharacters } from "node:util";

const colours = { bold: 1, dim: 2, red: 31, green: 32 } as const;

/** Where lines go, and whether that place shows colours. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Writes aligned lines, in colour only where a person watches. */
export class Report {
  readonly #terminal: Terminal;
  readonly #colour: boolean;

  constructor(terminal: Terminal, env: Readonly<Record<string, string | undefined>>) {
    this.#terminal = terminal;
    this.#colour = terminal.isTTY === true && !env.NO_COLOR;
  }

  /** A line of its own, with an empty one around it. */
  title(text: string): void {
    this.#terminal.write(`\n${this.#paint("bold", text)}\n\n`);
  }

  /** One step that went as it should: what was asked for, what came of it, and the figure that proves it. */
  step(name: string, outcome: string, figure = ""): void {
    const cells = [name.padEnd(16), outcome.padEnd(46), figure];
    this.#terminal.write(`  ${this.#paint("green", "ok")}  ${cells.join("  ").trimEnd()}\n`);
  }

  /** A table, its first row the head; columns in `right` are flush right. */
  table(rows: readonly (readonly string[])[], right: readonly number[]): void {
    const widths =
      rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
    for (const [index, row] of rows.entries()) {
      const cells = row.map((cell, column) =>
        right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      );
      const line = `      ${cells.join("  ")}`.trimEnd();
      this.#terminal.write(`${index === 0 ? this.#paint("dim", line) : line}\n`);
    }
  }

  /** The last line when something is not as it should be. */
  failure(text: string): void {
    this.#terminal.write(`\n${this.#paint("red", "FAILED")}  ${stripVTControlCharacters(text)}\n`);
  }

  #paint(colour: keyof typeof colours, text: string): string {
    return this.#colour ? `\u001b[${colours[colour]}m${text}\u001b[0m` : text;
  }
}

/** A whole number with thousands separated. */
export function figure(units: bigint): string {
  return units.toLocaleString("en-US");
}
