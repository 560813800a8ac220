import { Gauge, type Registry } from "prom-client";

/** What is counted of the live feed. */
export interface FeedMetrics {
  /** Streams that watch, by what they watch. */
  feedWatchers: Gauge<"kind">;
  /** How far the live feed is behind what is committed, in seconds; 0 while nobody watches. */
  feedLag: Gauge;
}

/** Puts them into the registry. */
export function feedMetrics(registry: Registry): FeedMetrics {
  const registers = [registry];
  return {
    feedWatchers: new Gauge({
      name: "wallet_feed_watchers",
      help: "Streams that watch wallets, transactions or operations.",
      labelNames: ["kind"],
      registers,
    }),
    feedLag: new Gauge({
      name: "wallet_feed_lag_seconds",
      help: "How far the live feed is behind what is committed; 0 while nobody watches.",
      registers,
    }),
  };
}
