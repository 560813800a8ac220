/** Hears how far long work has come. */
export interface ProgressListener {
  /** Some work begins: what it is, what it counts, and how much there is about; null when nobody knows. */
  begin(what: string, unit: string, total: number | null): void;
  /** This much of it is done. */
  at(done: number): void;
  /** All of it is done. */
  end(): void;
}

/** Where progress is shown: a terminal's line is written over, anything else gets a line now and then. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const terminalEveryMs = 200;
const fileEveryMs = 10_000;
const clearLine = "\r\u001b[2K";

/** Shows progress with its rate and the time that is left. */
export class Progress implements ProgressListener {
  readonly #stream: ProgressStream;
  readonly #now: () => number;
  #work = { what: "", unit: "", total: null as number | null };
  #beganMs = 0;
  #shownMs = 0;
  #done = 0;
  #dirty = false;

  /** `now` tells the time in milliseconds from anywhere on. */
  constructor(stream: ProgressStream, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#now = now;
  }

  begin(what: string, unit: string, total: number | null): void {
    this.#work = { what, unit, total };
    this.#beganMs = this.#now();
    this.#shownMs = this.#beganMs;
    this.#done = 0;
  }

  at(done: number): void {
    this.#done = done;
    const everyMs = this.#stream.isTTY ? terminalEveryMs : fileEveryMs;
    if (this.#now() - this.#shownMs < everyMs) return;
    this.#shownMs = this.#now();
    const line = this.#line();
    this.#stream.write(this.#stream.isTTY ? `${clearLine}${line}` : `${line}\n`);
    this.#dirty = this.#stream.isTTY === true;
  }

  end(): void {
    const line = `${this.#work.what}: ${this.#amount()} in ${duration(this.#seconds())}\n`;
    this.clear();
    this.#stream.write(line);
  }

  /** Takes the line of unfinished work off a terminal, so that what is said next has a line of its own. */
  clear(): void {
    if (this.#dirty) this.#stream.write(clearLine);
    this.#dirty = false;
  }

  #line(): string {
    const { what, total } = this.#work;
    const rate = this.#done / Math.max(this.#seconds(), 0.001);
    const parts = [`${what}: ${this.#amount()}`];
    if (total !== null && total > 0) parts.push(`${Math.min(99, Math.floor((this.#done / total) * 100))} %`);
    parts.push(`${figure(rate)} ${this.#work.unit} a second`);
    if (total !== null && total > this.#done && rate > 0) {
      parts.push(`about ${duration((total - this.#done) / rate)} left`);
    }
    return parts.join(", ");
  }

  #amount(): string {
    return `${figure(this.#done)} ${this.#work.unit}`;
  }

  #seconds(): number {
    return (this.#now() - this.#beganMs) / 1_000;
  }
}

/** Seconds as a person says them: `4.2 s`, `12 min 5 s`, `3 h 20 min`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function figure(value: number): string {
  const digits = value < 10 && !Number.isInteger(value) ? 1 : 0;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}
