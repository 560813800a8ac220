import { fork, type Serializable } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A process that makes load: it takes one order at a time. */
export interface Worker<Order, Result> {
  /** @throws when the process has ended. */
  run(order: Order): Promise<Result>;
  stop(): Promise<void>;
}

/** @param script a compiled file, as seen from this folder, which answers each message with one. */
export function startWorker<Order extends object, Result>(script: string): Worker<Order, Result> {
  const path = fileURLToPath(new URL(`../../dist/bench/load/${script}`, import.meta.url));
  const child = fork(path, { execArgv: [] });
  const exited = once(child, "exit");
  return {
    async run(order) {
      child.send(order as Serializable);
      const died = exited.then(() => Promise.reject(new Error("the load generator ended")));
      const [result] = await Promise.race([once(child, "message"), died]);
      return result as Result;
    },
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
