/**
 * What can be switched off, for the benchmark only: the compiled module of the service that does it, and the one of this
 * folder that takes its place. The service itself has no such switches.
 */
export const replacements = {
  authentication: { module: "src/rpc/access/authenticate.js", by: "authentication.js" },
  "rate limits": { module: "src/rpc/limits/rate-limits.js", by: "rate-limits.js" },
  metrics: { module: "src/metrics.js", by: "metrics.js" },
  audit: { module: "src/db/journal.js", by: "audit.js" },
  outbox: { module: "src/db/ledger-writes.js", by: "outbox.js" },
  "hash chain": { module: "src/ledger/chain.js", by: "hash-chain.js" },
} as const;

export type Switch = keyof typeof replacements;

export const switches = Object.keys(replacements) as Switch[];
