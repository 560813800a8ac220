import { Counter, Gauge, type Registry } from "prom-client";

/** What is counted of who comes in. */
export interface AccessMetrics {
  /** Connections that ended before anything could be asked over them, by listener and what was wrong or which limit. */
  connectionsRefused: Counter<"listener" | "problem">;
  /** Files and key sets that changed, by what they are and whether the change is in use. */
  reloads: Counter<"what" | "outcome">;
  /** When the listeners' certificate expires, in seconds since 1970; 0 without one. */
  certificateExpireTime: Gauge;
}

/** Puts them into the registry. */
export function accessMetrics(registry: Registry): AccessMetrics {
  const registers = [registry];
  return {
    connectionsRefused: new Counter({
      name: "wallet_connections_refused_total",
      help: "Connections that ended before a call: over a limit, failed handshakes and requests that are no HTTP.",
      labelNames: ["listener", "problem"],
      registers,
    }),
    reloads: new Counter({
      name: "wallet_reloads_total",
      help: "Changes of certificates, identities and token keys, used or failed.",
      labelNames: ["what", "outcome"],
      registers,
    }),
    certificateExpireTime: new Gauge({
      name: "wallet_certificate_expire_time_seconds",
      help: "When the certificate of the listeners expires.",
      registers,
    }),
  };
}
