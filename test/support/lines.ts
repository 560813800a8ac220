import type { DestinationStream } from "pino";

/** A place for a log to go to, which keeps what came. */
export class LogLines implements DestinationStream {
  /** Everything that was written. */
  text = "";

  write(line: string): void {
    this.text += line;
  }

  /** The lines, each an object. */
  get lines(): Record<string, unknown>[] {
    return this.text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }
}
