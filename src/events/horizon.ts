import { readEnded } from "../db/feed.js";
import type { Pool } from "../db/pool.js";
import { type Settled, Watermark } from "./watermark.js";

/** Up to where the stream of all transactions can be read, for one who reads it now and then. */
export class Horizon {
  readonly #reader: Pool;
  readonly #watermark = new Watermark();

  constructor(reader: Pool) {
    this.#reader = reader;
  }

  /** Looks once, without waiting for anybody. Null until it was known for the first time. */
  async read(): Promise<Settled | null> {
    await this.#watermark.advance(this.#reader, await readEnded(this.#reader));
    return this.#watermark.settled;
  }
}
