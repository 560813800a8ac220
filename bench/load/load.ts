import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LoadOrder, LoadResult } from "./generator.js";

export type { LoadOrder, LoadResult };

/** A load generator in a process of its own. */
export interface LoadGenerator {
  run(order: LoadOrder): Promise<LoadResult>;
  stop(): Promise<void>;
}

export function startLoadGenerator(): LoadGenerator {
  const script = fileURLToPath(new URL("../../dist/bench/load/generator.js", import.meta.url));
  const child = fork(script, { execArgv: [] });
  const exited = once(child, "exit");
  return {
    async run(order) {
      child.send(order);
      const died = exited.then(() => Promise.reject(new Error("the load generator ended")));
      const [result] = await Promise.race([once(child, "message"), died]);
      return result as LoadResult;
    },
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
