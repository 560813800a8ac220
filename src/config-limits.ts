import { z } from "zod";

/** How much callers may do, and where it is counted. */
export interface LimitsConfig {
  /** How many calls a caller may make in a second, by what it is and what it calls; 0 is no limit. */
  readonly callRates: {
    readonly holder: { readonly reads: number; readonly movements: number; readonly admin: number };
    readonly service: { readonly reads: number; readonly movements: number; readonly admin: number };
  };
  /** How many attempts of one address may fail to authenticate in a second; 0 is no limit. */
  readonly failedAttemptsMax: number;
  /** How many streams a caller may have open at this process; 0 is no limit. */
  readonly streamLimits: { readonly holder: number; readonly service: number };
  /** How many connections each listener holds open, in all and of one address; 0 is no limit. */
  readonly connectionLimits: { readonly max: number; readonly perAddressMax: number };
  /** Where replicas count the rates together. Null: each in its own memory. */
  readonly redisUrl: string | null;
}

const limit = z.coerce
  .number({ error: "must be a whole number, 0 for no limit" })
  .int("must be a whole number, 0 for no limit")
  .min(0, "must be a whole number, 0 for no limit");

/** The variables of the environment that they are read from. */
export const limitVariables = {
  RATE_LIMIT_HOLDER_READS: limit.default(50),
  RATE_LIMIT_HOLDER_MOVEMENTS: limit.default(20),
  RATE_LIMIT_READS: limit.default(50_000),
  RATE_LIMIT_MOVEMENTS: limit.default(50_000),
  RATE_LIMIT_ADMIN: limit.default(100),
  RATE_LIMIT_UNAUTHENTICATED: limit.default(20),
  STREAM_LIMIT_HOLDER: limit.default(20),
  STREAM_LIMIT: limit.default(1_000),
  CONNECTION_LIMIT: limit.default(10_000),
  CONNECTION_LIMIT_PER_ADDRESS: limit.default(1_000),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: "must be a redis:// or rediss:// URL" }).optional(),
};

const variables = z.object(limitVariables);

/** Makes the limits of what the environment says. */
export function limitsOf(env: z.infer<typeof variables>): LimitsConfig {
  const admin = env.RATE_LIMIT_ADMIN;
  return {
    callRates: {
      holder: { reads: env.RATE_LIMIT_HOLDER_READS, movements: env.RATE_LIMIT_HOLDER_MOVEMENTS, admin },
      service: { reads: env.RATE_LIMIT_READS, movements: env.RATE_LIMIT_MOVEMENTS, admin },
    },
    failedAttemptsMax: env.RATE_LIMIT_UNAUTHENTICATED,
    streamLimits: { holder: env.STREAM_LIMIT_HOLDER, service: env.STREAM_LIMIT },
    connectionLimits: { max: env.CONNECTION_LIMIT, perAddressMax: env.CONNECTION_LIMIT_PER_ADDRESS },
    redisUrl: env.REDIS_URL ?? null,
  };
}
