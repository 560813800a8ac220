/**
 * Work that is under way and results that nobody has taken yet: at most so many together, so that whoever brings work
 * waits both for those who do it and for those who take it. Results come in the order in which they are ready.
 */
export class InFlight<Result> {
  readonly #countMax: number;
  readonly #ready: Result[] = [];
  #working = 0;
  #end: { readonly error: unknown } | null = null;
  #tellBringer: (() => void) | null = null;
  #tellTaker: (() => void) | null = null;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  /** Waits until there is room for more, and says whether more is wanted. */
  async room(): Promise<boolean> {
    while (this.#end === null && this.#working + this.#ready.length >= this.#countMax) {
      await new Promise<void>((resolve) => {
        this.#tellBringer = resolve;
      });
    }
    return this.#end === null;
  }

  /** Adds work. When it fails, that is the end: nothing more is wanted. */
  add(work: Promise<Result>): void {
    this.#working++;
    work
      .then(
        (result) => this.#ready.push(result),
        (error: unknown) => this.end(error),
      )
      .then(() => {
        this.#working--;
        this.#tellTaker?.();
      });
  }

  /** Says that nothing more comes, and why, if something went wrong. The first to say so is heard. */
  end(error: unknown = null): void {
    this.#end ??= { error };
    this.#tellBringer?.();
    this.#tellTaker?.();
  }

  /** The results, each as soon as it is ready, to the last one of the work that was added; then the end. */
  async *results(): AsyncGenerator<Result, void> {
    for (;;) {
      const result = this.#ready.shift();
      if (result !== undefined) {
        this.#tellBringer?.();
        yield result;
      } else if (this.#end !== null && this.#working === 0) {
        if (this.#end.error !== null) throw this.#end.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#tellTaker = resolve;
        });
      }
    }
  }
}
