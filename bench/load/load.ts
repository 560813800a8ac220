import type { LoadOrder, LoadResult } from "./generator.js";
import { startWorker, type Worker } from "./worker.js";

export type { LoadOrder, LoadResult };

/** A load generator in a process of its own. */
export type LoadGenerator = Worker<LoadOrder, LoadResult>;

export function startLoadGenerator(): LoadGenerator {
  return startWorker("generator.js");
}
