import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { until } from "./watch.js";

/** A folder of files that a service reads. */
export class Files {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(): Promise<Files> {
    return new Files(await mkdtemp(join(tmpdir(), "wallet-files-")));
  }

  pathOf(name: string): string {
    return join(this.#folder, name);
  }

  /** Puts a file there as a whole, as whoever rotates certificates does. Returns its path. */
  async write(name: string, text: string): Promise<string> {
    await writeFile(this.pathOf(`${name}.new`), text);
    await rename(this.pathOf(`${name}.new`), this.pathOf(name));
    return this.pathOf(name);
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }
}

/** Waits until what the service does by itself is done. Asks again whenever everything else has had its turn. */
export async function soon(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  await until(what, async () => {
    await setImmediate();
    return isSo();
  });
}
