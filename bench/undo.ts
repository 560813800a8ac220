/** Remembers what is to be undone, the last first, however a run ends. */
export class Undo {
  readonly #steps: (() => Promise<unknown>)[] = [];
  #undoing: Promise<void> | undefined;

  readonly add = (step: () => Promise<unknown>): void => {
    this.#steps.push(step);
  };

  /** Undoes everything there is, also where a step fails. Whoever asks meanwhile waits for the same end. */
  readonly all = (): Promise<void> => {
    this.#undoing ??= this.#undoAll().finally(() => {
      this.#undoing = undefined;
    });
    return this.#undoing;
  };

  async #undoAll(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      await step().catch((error) => console.error("could not be undone:", error));
    }
  }
}
