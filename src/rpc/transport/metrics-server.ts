import type { RequestListener } from "node:http";
import type { Registry } from "prom-client";
import type { Connections } from "./connections.js";
import { listenHttp } from "./http-listener.js";
import type { Listener } from "./listener.js";
import type { Address } from "./port-error.js";
import type { Probes } from "./probes.js";
import { respondJson } from "./respond-json.js";

/**
 * Serves `/metrics` on a port of its own, so that it can be kept off the network that callers use, with the probes,
 * which need no certificate here. Rejects with `PortError`.
 */
export async function startMetricsServer(
  address: Address,
  { registry, probes }: { registry: Registry; probes: Probes },
  connections: Connections,
): Promise<Listener> {
  const onRequest: RequestListener = (request, response) => {
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (isRead && probes(request.url ?? "", response)) return;
    if (request.url !== "/metrics" || !isRead) {
      respondJson(response, 404, { message: "only GET /metrics, /healthz and /readyz are served here" });
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
      () => respondJson(response, 500, { message: "the metrics could not be collected" }),
    );
  };
  // Whoever collects figures is let in by the network, and what it gets wrong is its own affair.
  return listenHttp("METRICS_PORT", address, onRequest, { tls: null, connections, refused: () => {} });
}
