import type { Switch } from "./switches.js";

/** The oracles that cannot hold for a ledger that was written without the part. All others are still asked. */
export const lostOracles: Readonly<Record<Switch, readonly string[]>> = {
  authentication: [],
  "rate limits": [],
  metrics: [],
  audit: ["every transaction has exactly one audit entry, of what became of it"],
  outbox: ["every posting has its event", "each version of a wallet has exactly one event"],
  "hash chain": ["the hash of each posting covers it and the one before"],
};
