import { createHash } from "node:crypto";
import { checksumKind, printLine, rowsPerChecksum } from "./export-format.js";

/** Numbers the lines of an export, and puts checksums between them. */
export class LineWriter {
  readonly #digest = createHash("sha256");
  #line = 2; // The first is the header, which equal ledgers need not share.
  #rows = 0;
  #waiting = "";
  #done: Buffer[] = [];

  /** Adds a row of a table, given as JSON. */
  add(table: string, json: string): void {
    this.#print(table, json);
    if (++this.#rows % rowsPerChecksum !== 0) return;
    this.#flush();
    this.#print(checksumKind, `{"sha256":"${this.#digest.copy().digest("hex")}"}`);
  }

  /** The bytes that were added since the last call. */
  take(): Buffer {
    this.#flush();
    return Buffer.concat(this.#done.splice(0));
  }

  /** The number of the line to come, and the checksum of all before it but the header. Nothing is added after this. */
  end(): { line: number; sha256: string } {
    this.#flush();
    return { line: this.#line, sha256: this.#digest.digest("hex") };
  }

  #print(kind: string, json: string): void {
    this.#waiting += printLine(this.#line++, kind, json);
  }

  #flush(): void {
    const bytes = Buffer.from(this.#waiting);
    this.#waiting = "";
    this.#digest.update(bytes);
    this.#done.push(bytes);
  }
}
