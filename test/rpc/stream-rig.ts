import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { ConnectError } from "@connectrpc/connect";
import type { ExecuteStreamRequest, ExecuteStreamResponse } from "../../src/gen/wallet/v1/bulk_pb.js";
import type { Call } from "../../src/rpc/pipeline/call.js";
import { type OpenStream, openRig, openStream, type Rig, tokenOf } from "./wire.js";

export const watchRpc = "wallet.v1.WalletService/WatchWallet";
export const executeRpc = "wallet.v1.WalletService/ExecuteStream";

/** Listeners whose handlers each test chooses. */
export interface StreamRig extends Rig {
  headers: { authorization: string };
  getBalance: (call: Call) => Promise<object>;
  watch: (call: Call) => AsyncIterable<object>;
  execute: (
    requests: AsyncIterable<ExecuteStreamRequest>,
    call: Call,
  ) => AsyncIterable<Pick<ExecuteStreamResponse, "itemNumber">>;
  /** Calls WatchWallet over native gRPC. */
  watchOverGrpc(deadline?: number): OpenStream;
  /** Calls WatchWallet over HTTP, and reads nothing of its answer. */
  watchOverHttp(): Promise<{ request: ClientRequest; response: IncomingMessage }>;
  /** Waits until a call of this method was logged with this code. */
  untilLogged(code: string, method?: string): Promise<void>;
}

/** Gives each test of a suite listeners of its own. */
export function useStreamRig(): StreamRig {
  const rig = {} as StreamRig;
  beforeEach(async () => {
    const wallet = {
      getBalance: (_: object, call: Call) => rig.getBalance(call),
      watchWallet: (_: object, call: Call) => rig.watch(call),
      executeStream: (requests: AsyncIterable<ExecuteStreamRequest>, call: Call) =>
        rig.execute(requests, call),
    };
    Object.assign(rig, await openRig({ wallet }), {
      headers: { authorization: `Bearer ${await tokenOf("service")}` },
      getBalance: async () => ({}),
    });
  });
  afterEach(() => rig.close());

  rig.watchOverGrpc = (deadline) =>
    openStream(rig.client, watchRpc, rig.headers, {
      only: new Uint8Array(),
      ...(deadline !== undefined && { deadline }),
    });
  rig.watchOverHttp = () =>
    new Promise((resolve) => {
      const request = httpRequest(`${rig.http}/${watchRpc}`, {
        method: "POST",
        headers: { ...rig.headers, "content-type": "application/connect+proto" },
      });
      request.on("error", () => {});
      request.on("response", (response) => resolve({ request, response: response.on("error", () => {}) }));
      request.end(new Uint8Array(5));
    });
  rig.untilLogged = async (code, method = watchRpc) => {
    const found = () => rig.logged.some((line) => line.code === code && line.method === method);
    while (!found()) await fetch(`${rig.http}/healthz`);
  };
  return rig;
}

/** A promise and how to resolve it. */
export function signal(): { reached: Promise<void>; reach: () => void } {
  let reach = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  return { reached, reach };
}

/** Resolves when the signal of a call aborts, or at once if it has. */
export function aborted({ signal }: Call): Promise<void> {
  return new Promise((resolve) => {
    // On a busy machine its deadline can have passed before the handler asks.
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Reads a stream of Connect to its end, and says how it failed. */
export async function ended<T>(
  stream: AsyncIterable<T>,
  take: (message: T) => void = () => {},
): Promise<ConnectError | undefined> {
  try {
    for await (const message of stream) take(message);
    return undefined;
  } catch (error) {
    return ConnectError.from(error);
  }
}
