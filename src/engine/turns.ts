/** Lets a few at a time do something; the others stand in line. */
export class Turns {
  readonly #max: number;
  readonly #line: (() => void)[] = [];
  #running = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** How many stand in line. */
  get waiting(): number {
    return this.#line.length;
  }

  /** Whether whoever comes now has to wait. */
  get isFull(): boolean {
    return this.#running === this.#max;
  }

  /** Does the work when it is its turn. The place then goes straight to the next in line, if there is one. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.isFull) await new Promise<void>((resolve) => this.#line.push(resolve));
    else this.#running++;
    try {
      return await work();
    } finally {
      const next = this.#line.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
