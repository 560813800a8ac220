import type { RequestListener, ServerResponse } from "node:http";
import type { Rpc } from "../pipeline/rpc.js";
import type { Pipeline } from "../pipeline/run-call.js";
import { connectRpcs } from "./connect-rpcs.js";
import { type HttpOptions, listenHttp } from "./http-listener.js";
import type { Listener } from "./listener.js";
import type { Address } from "./port-error.js";
import { respondJson } from "./respond-json.js";
import { serveConnect } from "./serve-connect.js";

/** Says what keeps the service from serving, one sentence each; empty when it is ready. */
export type Ready = () => Promise<string[]>;

/** Serves every RPC over Connect and gRPC-Web, with `/healthz` and `/readyz`. Rejects with `PortError`. */
export async function startHttpServer(
  address: Address,
  pipeline: Pipeline,
  rpcs: readonly Rpc[],
  { ready, ...connections }: HttpOptions & { ready: Ready },
): Promise<Listener> {
  const handlers = connectRpcs(pipeline, rpcs);
  const onRequest: RequestListener = (request, response) => {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    const handler = handlers.get(path);
    if (handler !== undefined) serveConnect(handler, request, response, pipeline.log);
    else if (path === "/healthz") respondJson(response, 200, { status: "ok" });
    else if (path === "/readyz") respondReadiness(response, pipeline, ready);
    else respondJson(response, 404, { message: "nothing is served at this path" });
  };
  return listenHttp("HTTP_PORT", address, onRequest, connections);
}

function respondReadiness(response: ServerResponse, { drain, log }: Pipeline, ready: Ready): void {
  const problems = drain.draining ? Promise.resolve(["the service is shutting down"]) : ready();
  problems.then(
    (found) => respondProblems(response, found),
    (err: unknown) => {
      log.error({ err }, "readiness could not be determined");
      respondProblems(response, ["readiness could not be determined"]);
    },
  );
}

function respondProblems(response: ServerResponse, problems: string[]): void {
  if (problems.length === 0) respondJson(response, 200, { status: "ready" });
  else respondJson(response, 503, { status: "not ready", problems });
}
