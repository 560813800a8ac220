import { expect } from "chai";
import { WalletApiError } from "../../src/client/client.js";
import type { TestApp } from "./app.js";

/** What the typed client can speak. */
export const protocols = ["grpc", "connect"] as const;

/** How a call of the typed client failed; fails the test when it succeeds, or throws anything else. */
export async function apiErrorOf(call: Promise<unknown>): Promise<WalletApiError> {
  const thrown: unknown = await call.then(
    () => expect.fail("the call succeeded"),
    (error: unknown) => error,
  );
  if (thrown instanceof WalletApiError) return thrown;
  throw thrown;
}

/** How many calls of an RPC the service has answered so far. */
export async function callsOf({ app }: TestApp, rpc: string): Promise<number> {
  const figures = await (await fetch(`http://127.0.0.1:${app.metricsPort}/metrics`)).text();
  const counts = figures
    .split("\n")
    .filter((line) => line.startsWith(`wallet_rpc_requests_total{method="wallet.v1.${rpc}"`));
  return counts.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}
