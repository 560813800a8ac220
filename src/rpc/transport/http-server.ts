import type { RequestListener } from "node:http";
import type { Rpc } from "../pipeline/rpc.js";
import type { Pipeline } from "../pipeline/run-call.js";
import { connectRpcs } from "./connect-rpcs.js";
import { type HttpOptions, listenHttp } from "./http-listener.js";
import type { Listener } from "./listener.js";
import type { Address } from "./port-error.js";
import type { Probes } from "./probes.js";
import { respondJson } from "./respond-json.js";
import { serveConnect } from "./serve-connect.js";

/** Serves every RPC over Connect and gRPC-Web, with `/healthz` and `/readyz`. Rejects with `PortError`. */
export async function startHttpServer(
  address: Address,
  pipeline: Pipeline,
  rpcs: readonly Rpc[],
  { probes, ...connections }: HttpOptions & { probes: Probes },
): Promise<Listener> {
  const handlers = connectRpcs(pipeline, rpcs);
  const onRequest: RequestListener = (request, response) => {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    const handler = handlers.get(path);
    if (handler !== undefined) serveConnect(handler, request, response, pipeline.log);
    else if (!probes(path, response))
      respondJson(response, 404, { message: "nothing is served at this path" });
  };
  return listenHttp("HTTP_PORT", address, onRequest, connections);
}
