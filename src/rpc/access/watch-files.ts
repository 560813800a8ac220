import { readFile } from "node:fs/promises";

/** A file that a variable of the environment names. */
export interface NamedFile {
  /** The variable, for the person who set it. */
  readonly variable: string;
  readonly path: string;
}

/** What was read from files, and is read again when they change. */
export interface Watched<T> {
  /** What the files said when they last made sense. */
  readonly current: T;
  /** Calls back with every later value. */
  onChange(listener: (value: T) => void): void;
  /** Stops looking. */
  close(): void;
}

/** Which files, and what to make of them. */
export interface WatchOptions<T> {
  readonly files: readonly NamedFile[];
  /** Makes the value of the files' contents, in their order. Throws `FilesError` if nothing can be made of them. */
  readonly read: (contents: readonly Buffer[]) => T;
  /** How often the files are looked at, in milliseconds. Unset: every second. */
  readonly intervalMs?: number | undefined;
  /** Told when the files had changed and are used as they are now. */
  readonly reloaded: () => void;
  /** Told, once for each problem, that changed files cannot be used and the value from before stays. */
  readonly failed: (problem: unknown) => void;
}

/** Files that were configured cannot be used. The message names their variables and what is wrong; never a content. */
export class FilesError extends Error {
  override name = "FilesError";

  constructor(problem: string, cause?: unknown) {
    super(`The configuration cannot be used:\n  ${problem}`, { cause });
  }
}

const intervalMsDefault = 1_000;

/**
 * Reads files and keeps what they say current. Contents are compared, not times: a file that is replaced through a
 * symbolic link, or twice within the clock's tick, is noticed too, and a few kilobytes a second cost nothing.
 *
 * @throws FilesError when they cannot be used at the start.
 */
export async function watchFiles<T>(options: WatchOptions<T>): Promise<Watched<T>> {
  const { files, read, intervalMs = intervalMsDefault, reloaded, failed } = options;
  let seen = await readAll(files);
  let current = read(seen);
  let lastProblem = "";
  let closed = false;
  let timer: NodeJS.Timeout;
  const listeners: ((value: T) => void)[] = [];

  async function look(): Promise<void> {
    const contents = await readAll(files);
    lastProblem = "";
    if (closed || contents.every((content, index) => content.equals(seen[index] ?? Buffer.alloc(0)))) return;
    // Remembered even if nothing can be made of it, so that one half of a change is complained of once.
    seen = contents;
    current = read(contents);
    for (const listener of listeners) listener(current);
    reloaded();
  }

  // A file that is away is looked for every time, and missed once.
  function note(problem: unknown): void {
    const text = String(problem);
    if (text !== lastProblem) failed(problem);
    lastProblem = text;
  }

  function lookLater(): void {
    if (closed) return;
    timer = setTimeout(() => look().catch(note).finally(lookLater), intervalMs);
    timer.unref();
  }

  lookLater();
  return {
    get current() {
      return current;
    },
    onChange: (listener) => listeners.push(listener),
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

async function readAll(files: readonly NamedFile[]): Promise<Buffer[]> {
  return Promise.all(files.map(readNamed));
}

async function readNamed({ variable, path }: NamedFile): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new FilesError(
      `${variable} names ${path}, which cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      cause,
    );
  }
}
