import type { App } from "./app.js";
import type { Config, TlsConfig } from "./config.js";

/** What a person sees when the service is up: where it is, and lines that work as pasted. */
export function bannerOf(config: Config, app: App, token: string | null): string {
  const host = config.host === "0.0.0.0" ? "127.0.0.1" : config.host;
  const database =
    config.databaseUrl === null ? `embedded PostgreSQL in ${config.dataDir}` : "PostgreSQL (DATABASE_URL)";
  const http = config.tls === null ? "http" : "https";
  const addresses = [
    "The wallet service is up.",
    "",
    `  gRPC      ${host}:${app.grpcPort}${spoken(config.tls)}`,
    `  HTTP      ${http}://${host}:${app.httpPort}   Connect, gRPC-Web, /healthz, /readyz`,
    `  metrics   http://${host}:${app.metricsPort}/metrics`,
    `  database  ${database}`,
    "",
  ];
  return [...addresses, ...(token === null ? [] : examples(config.tls, host, app, token))].join("\n");
}

function spoken(tls: TlsConfig | null): string {
  if (tls === null) return "";
  return tls.clientCa === null ? "   TLS" : "   TLS, with a certificate of the caller";
}

/** The flags by which a tool trusts the service and, where it must, proves itself. */
function tlsFlags(tls: TlsConfig | null): { grpcurl: string; curl: string } {
  if (tls === null) return { grpcurl: "-plaintext", curl: "" };
  const own =
    tls.clientCa === null
      ? ["", ""]
      : [" -cert client.pem -key client-key.pem", " --cert client.pem --key client-key.pem"];
  return { grpcurl: `-cacert ca.pem${own[0]}`, curl: ` --cacert ca.pem${own[1]}` };
}

function examples(tls: TlsConfig | null, host: string, app: App, token: string): string[] {
  const http = tls === null ? "http" : "https";
  const flags = tlsFlags(tls);
  return [
    "A token for the holder alice, valid for a day:",
    "",
    token,
    "",
    "Move 25 gold coins from alice to bob with grpcurl:",
    "",
    `grpcurl ${flags.grpcurl} -H "authorization: Bearer ${token}" -H "idempotency-key: order-1001" -d '{"destination":{"holder_id":"bob"},"amount":{"asset":"gold_coins","units":"25"}}' ${host}:${app.grpcPort} wallet.v1.WalletService/Transfer`,
    "",
    "Read her balance with curl:",
    "",
    `curl -s${flags.curl} -H "authorization: Bearer ${token}" -H "content-type: application/json" -d '{"asset":"gold_coins"}' ${http}://${host}:${app.httpPort}/wallet.v1.WalletService/GetBalance`,
    "",
    ...(tls === null ? [] : ["ca.pem is the authority of the certificate in TLS_CERT.", ""]),
    "Ctrl-C stops the service.",
    "",
  ];
}
