import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { RecoveryError } from "./recovery-error.js";

/**
 * Writes a file whole or not at all: under the name `<path>.partial`, readable by its owner only, then made durable,
 * then renamed. What fails on the way, a full disk or an end by `signal`, removes the partial file.
 *
 * @throws RecoveryError when there is such a file already, or it cannot be written.
 */
export async function writeExportFile(path: string, content: Readable, signal: AbortSignal): Promise<void> {
  const partial = `${path}.partial`;
  if (await exists(path)) throw new RecoveryError(`${path} is there already: name a file that is not.`);
  const file = await create(partial);
  try {
    await pipeline(content, sinkOf(file), { signal });
    await file.sync();
    await file.close();
    await rename(partial, path);
  } catch (error) {
    await file.close().catch(() => {});
    await rm(partial, { force: true });
    throw explained(error, partial);
  }
  await syncFolder(dirname(path));
}

/** Says what to do about output that cannot be written; leaves other failures alone. */
export function explained(error: unknown, output: string): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new RecoveryError(
      `The disk is full: ${output} could not be written to its end. Free some space, or name a file elsewhere.`,
      { cause: error },
    );
  }
  if (code === "EPIPE") {
    return new RecoveryError(`Whoever read ${output} went before its end: the export is not whole.`, {
      cause: error,
    });
  }
  return error;
}

async function create(path: string): Promise<FileHandle> {
  try {
    return await open(path, "wx", 0o600);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? error.code : String(error);
    throw new RecoveryError(
      reason === "EEXIST"
        ? `${path} is there: another export writes it, or one was killed. Remove it if nobody writes it.`
        : `${path} cannot be made (${reason}): name a file in a folder that can be written.`,
      { cause: error },
    );
  }
}

/** Writes all of each chunk before it takes the next. */
function sinkOf(file: FileHandle): Writable {
  return new Writable({
    highWaterMark: 1024 * 1024,
    write: (chunk: Buffer, _encoding, done) => {
      file.writeFile(chunk).then(() => done(), done);
    },
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Makes the new name survive a power cut. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
