import { createHash } from "node:crypto";
import type { EventEmitter } from "node:events";
import { createClient } from "@redis/client";
import type { Logger } from "pino";
import { RateLimiterMemory, RateLimiterRedis, RLWrapperTimeouts } from "rate-limiter-flexible";
import type { Metrics } from "../../metrics.js";
import type { RateStore } from "./rate-store.js";

/** Past this a call does not wait for Redis: it is counted in memory. */
const answerMsMax = 250;
// A Redis that is connected but says nothing is found out by its silence after a ping, and counts as gone.
const silence = { pingInterval: 1_000, socketTimeout: 2_500 };
const connectMsMax = 2_000;
const reconnectMs = { step: 50, max: 1_000 };

/**
 * Counts in Redis, which all replicas share. It never fails: while Redis is away, each process counts in its own
 * memory, says so once in the log and with `wallet_rate_limit_store_up`, and comes back by itself.
 *
 * @param url `redis://` or `rediss://`.
 */
export function openRedisStore(url: string, observer: { log: Logger; metrics: Metrics }): RateStore {
  const { pingInterval, socketTimeout } = silence;
  const client = createClient({
    url,
    disableOfflineQueue: true,
    pingInterval,
    socket: {
      socketTimeout,
      connectTimeout: connectMsMax,
      reconnectStrategy: (retries) => Math.min(reconnectMs.max, reconnectMs.step * (retries + 1)),
    },
  });
  tellState(client, observer);
  // What goes wrong is an event, and is tried again; this ends when it has succeeded, or at the end.
  client.connect().catch(() => {});
  return {
    counter(name, points, windowSeconds) {
      const counter = { points, duration: windowSeconds };
      const limiter = new HashedKeys({
        ...counter,
        storeClient: client,
        useRedisPackage: true,
        rejectIfRedisNotReady: true,
        keyPrefix: `wallet:rate:${name}`,
        // Whoever is over the limit is refused without a further question until the window is over.
        inMemoryBlockOnConsumed: points + 1,
      });
      const insuranceLimiter = new RateLimiterMemory({ ...counter, keyPrefix: "" });
      return new RLWrapperTimeouts({ limiter, insuranceLimiter, timeoutMs: answerMsMax });
    },
    close: () => client.destroy(),
  };
}

/** Keys hold names of callers and addresses, which are not for whoever can look into Redis. */
class HashedKeys extends RateLimiterRedis {
  override getKey(key: string | number): string {
    return super.getKey(createHash("sha256").update(String(key)).digest("base64url"));
  }
}

function tellState(client: EventEmitter, { log, metrics }: { log: Logger; metrics: Metrics }): void {
  let up = true;
  client.on("ready", () => {
    if (!up) log.info("Redis counts the rate limits again");
    up = true;
    metrics.rateLimitStoreUp.set(1);
  });
  client.on("error", (err: unknown) => {
    if (up) log.warn({ err }, "Redis cannot be reached; each process counts the rate limits by itself");
    up = false;
    metrics.rateLimitStoreUp.set(0);
  });
}
