import type { App } from "./app.js";
import type { Config } from "./config.js";

/** What a person sees when the service is up: where it is, and lines that work as pasted. */
export function bannerOf(config: Config, app: App, token: string | null): string {
  const host = config.host === "0.0.0.0" ? "127.0.0.1" : config.host;
  const database =
    config.databaseUrl === null ? `embedded PostgreSQL in ${config.dataDir}` : "PostgreSQL (DATABASE_URL)";
  const addresses = [
    "The wallet service is up.",
    "",
    `  gRPC      ${host}:${app.grpcPort}`,
    `  HTTP      http://${host}:${app.httpPort}   Connect, gRPC-Web, /healthz, /readyz`,
    `  metrics   http://${host}:${app.metricsPort}/metrics`,
    `  database  ${database}`,
    "",
  ];
  return [...addresses, ...(token === null ? [] : examples(host, app, token))].join("\n");
}

function examples(host: string, app: App, token: string): string[] {
  return [
    "A token for the holder alice, valid for a day:",
    "",
    token,
    "",
    "Move 25 gold coins from alice to bob with grpcurl:",
    "",
    `grpcurl -plaintext -H "authorization: Bearer ${token}" -H "idempotency-key: order-1001" -d '{"destination":{"holder_id":"bob"},"amount":{"asset":"gold_coins","units":"25"}}' ${host}:${app.grpcPort} wallet.v1.WalletService/Transfer`,
    "",
    "Read her balance with curl:",
    "",
    `curl -s -H "authorization: Bearer ${token}" -H "content-type: application/json" -d '{"asset":"gold_coins"}' http://${host}:${app.httpPort}/wallet.v1.WalletService/GetBalance`,
    "",
    "Ctrl-C stops the service.",
    "",
  ];
}
