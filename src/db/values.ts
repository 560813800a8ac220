/** The parameters of a statement that is put together from parts. */
export class Values {
  readonly all: unknown[] = [];

  /** Adds a value and returns how the statement names it. */
  add(value: unknown): `$${number}` {
    this.all.push(value);
    return `$${this.all.length}`;
  }
}
