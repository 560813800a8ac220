import type { Registry } from "prom-client";
import type { Connections } from "./connections.js";
import { listenHttp } from "./http-listener.js";
import type { Listener } from "./listener.js";
import type { Address } from "./port-error.js";
import { respondJson } from "./respond-json.js";

/** Serves `/metrics` on a port of its own, so that it can be kept off the network that callers use. */
export async function startMetricsServer(
  address: Address,
  registry: Registry,
  connections: Connections,
): Promise<Listener> {
  return listenHttp("METRICS_PORT", address, { connections }, (request, response) => {
    if (request.url !== "/metrics" || (request.method !== "GET" && request.method !== "HEAD")) {
      respondJson(response, 404, { message: "only GET /metrics is served here" });
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
      () => respondJson(response, 500, { message: "the metrics could not be collected" }),
    );
  });
}
