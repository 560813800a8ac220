import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A compiled program in a process of its own, which answers one order at a time. */
export interface Worker<Order, Result> {
  /** @throws when the process ended before it has answered. */
  run(order: Order): Promise<Result>;
  stop(): Promise<void>;
}

/** @param script as it is below `dist/bench`: what is measured is compiled before, as the service is. */
export function startWorker<Order extends object, Result>(script: string): Worker<Order, Result> {
  const child = fork(fileURLToPath(new URL(`../../dist/bench/${script}`, import.meta.url)), { execArgv: [] });
  const exited = once(child, "exit");
  return {
    async run(order) {
      child.send(order);
      const died = exited.then(() => Promise.reject(new Error(`${script} ended`)));
      const [result] = await Promise.race([once(child, "message"), died]);
      return result as Result;
    },
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
