import type { Server } from "@grpc/grpc-js";

/** What destroyed connections get to be gone. */
const settleMs = 100;

/** Waits for the end of everything, which comes with the end of the grace at the latest. */
export async function shutDown(server: Server, graceMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    // grpc-js would wait for ever for a session that breaks at the very moment at which it is asked to close.
    const timer = setTimeout(resolve, graceMs + settleMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
