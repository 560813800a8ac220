/** Remembers what is to be undone, the last first, however a run ends. */
export class Undo {
  readonly #steps: (() => Promise<unknown>)[] = [];

  readonly add = (step: () => Promise<unknown>): void => {
    this.#steps.push(step);
  };

  /** Undoes everything there is, also where a step fails. Nothing is undone twice. */
  readonly all = async (): Promise<void> => {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      await step().catch((error) => console.error("could not be undone:", error));
    }
  };
}
