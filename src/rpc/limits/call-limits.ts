import type { Logger } from "pino";
import type { Metrics } from "../../metrics.js";
import { OpenStreams, type StreamLimits } from "./open-streams.js";
import type { RateWindows } from "./rate-limit.js";
import { type CallRates, RateLimits, usualWindows } from "./rate-limits.js";
import { memoryStore, type RateStore } from "./rate-store.js";
import { RecordedRefusals } from "./recorded-refusals.js";
import { UnauthenticatedLimit } from "./unauthenticated.js";

/** What calls are held to, and where it is counted. */
export interface CallLimitsOptions {
  readonly callRates: CallRates;
  /** How many attempts of one address may fail to authenticate in a second; 0 is no limit. */
  readonly failedAttemptsMax: number;
  readonly streamLimits: StreamLimits;
  /** Where replicas count together; null counts in memory. */
  readonly redisUrl: string | null;
  /** Unset: the usual ones. */
  readonly windows?: RateWindows | undefined;
}

/** The limits of all calls of one process. */
export interface CallLimits {
  readonly rates: RateLimits;
  readonly streams: OpenStreams;
  /** Null where everybody may try for ever. */
  readonly unauthenticated: UnauthenticatedLimit | null;
  /** Which refusals of callers over a limit go on record. */
  readonly recorded: RecordedRefusals;
  /** Gives the store back. */
  close(): void;
}

/** Opens the limits. It does not wait for Redis, and does not fail without it. */
export async function openCallLimits(
  options: CallLimitsOptions,
  observer: { log: Logger; metrics: Metrics },
): Promise<CallLimits> {
  const { callRates: rates, failedAttemptsMax: failuresMax, redisUrl, windows = usualWindows } = options;
  const { metrics } = observer;
  const store = redisUrl === null ? memoryStore : await openStore(redisUrl, observer);
  const windowSeconds = windows.seconds;
  metrics.rateLimitStoreUp.set(redisUrl === null ? 1 : 0);
  countFromZero(metrics);
  return {
    rates: new RateLimits({ rates, windows, store, metrics }),
    streams: new OpenStreams(options.streamLimits, metrics),
    unauthenticated:
      failuresMax === 0 ? null : new UnauthenticatedLimit({ store, failuresMax, windowSeconds, metrics }),
    recorded: new RecordedRefusals(),
    close: () => store.close(),
  };
}

/** Loads the client of Redis, a tenth of what a start without one loads. */
async function openStore(url: string, observer: { log: Logger; metrics: Metrics }): Promise<RateStore> {
  const { openRedisStore } = await import("./redis-store.js");
  return openRedisStore(url, observer);
}

// What was never counted is not there, and an alert on its increase would miss the first time.
function countFromZero({ rateLimited }: Metrics): void {
  for (const kind of ["holder", "service"] as const)
    for (const limited of ["reads", "movements", "admin", "streams"] as const)
      rateLimited.inc({ class: limited, kind }, 0);
  rateLimited.inc({ class: "unauthenticated", kind: "address" }, 0);
}
