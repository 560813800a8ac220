import { z } from "zod";

/** Where the keys that sign tokens come from. Null: the embedded mode's own secret. */
export type TokenKeyConfig = { secret: string } | { jwksFile: string } | { jwksUrl: string } | null;

/** The configuration of one process, checked and frozen. */
export interface Config {
  readonly host: string;
  readonly grpcPort: number;
  readonly httpPort: number;
  readonly metricsPort: number;
  /** The PostgreSQL to use. Null: the embedded one, in `dataDir`. */
  readonly databaseUrl: string | null;
  /** The owner's connection, for migrations. Null: the same as `databaseUrl`. */
  readonly databaseOwnerUrl: string | null;
  /** Where the embedded PostgreSQL keeps its data. */
  readonly dataDir: string;
  readonly tokenKeys: TokenKeyConfig;
  readonly jwtIssuer: string;
  readonly jwtAudience: string;
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
  readonly logLevel: string;
  /** Connections for the engine and for reads. A few per core is right; more makes PostgreSQL slower. */
  readonly writerConnectionsMax: number;
  readonly readerConnectionsMax: number;
  /** The isolation of the transactions that change anything. */
  readonly isolation: "read committed" | "serializable";
  /** How long a graceful stop may take, in milliseconds. */
  readonly shutdownTimeoutMs: number;
}

/** The environment cannot be used; `problems` says all that is wrong with it. */
export class ConfigError extends Error {
  override name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

const writerConnectionsMax = 5;
const readerConnectionsMax = 6;
const shutdownTimeoutMs = 20_000;
const secretBytesMin = 32;

/** Named in the contract, and served by later releases. Ignoring one of them would be worse than refusing it. */
const notServedYet = ["DATABASE_REPLICA_URLS", "TLS_CERT", "TLS_KEY", "TLS_CLIENT_CA", "KAFKA_BROKERS"];

const text = z.string().trim().min(1, "must not be empty");
const port = z.coerce
  .number({ error: "must be a port number" })
  .int("must be a port number")
  .min(0, "must be from 0 (any free port) to 65535")
  .max(65_535, "must be from 0 (any free port) to 65535");
const limit = z.coerce
  .number({ error: "must be a whole number, 0 for no limit" })
  .int("must be a whole number, 0 for no limit")
  .min(0, "must be a whole number, 0 for no limit");
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: "must be a postgresql:// URL" });

const environment = z.object({
  GRPC_PORT: port.default(50_051),
  HTTP_PORT: port.default(8_080),
  METRICS_PORT: port.default(9_464),
  HOST: text.optional(),
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_OWNER_URL: postgresUrl.optional(),
  DATABASE_ISOLATION: z
    .enum(["read-committed", "serializable"], { error: "must be read-committed or serializable" })
    .default("read-committed"),
  WALLET_DATA_DIR: text.default("./.data"),
  JWT_SECRET: z
    .string()
    .refine(
      (secret) => Buffer.byteLength(secret) >= secretBytesMin,
      `must have at least ${secretBytesMin} bytes`,
    )
    .optional(),
  JWKS_FILE: text.optional(),
  JWKS_URL: z.url({ protocol: /^https?$/, error: "must be an http(s) URL" }).optional(),
  JWT_ISSUER: text.default("wallet"),
  JWT_AUDIENCE: text.default("wallet"),
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
  LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"], {
      error: "must be trace, debug, info, warn, error, fatal or silent",
    })
    .default("info"),
});

type Environment = z.infer<typeof environment>;

/**
 * Reads the configuration from environment variables.
 *
 * @throws ConfigError with every problem there is, not just the first.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  // An empty variable is one that was not set: compose files and CI systems cannot unset.
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = environment.safeParse(given);
  const problems = [
    ...(parsed.error?.issues ?? []).map((issue) => `${issue.path.join(".")} ${issue.message}`),
    ...notServedYet
      .filter((name) => name in given)
      .map((name) => `${name} is not served by this release; unset it`),
    ...(parsed.success ? contradictionsOf(parsed.data) : []),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return toConfig(parsed.data);
}

function contradictionsOf(env: Environment): string[] {
  const sources = [env.JWT_SECRET, env.JWKS_FILE, env.JWKS_URL].filter((source) => source !== undefined);
  const problems: string[] = [];
  if (sources.length > 1)
    problems.push("JWT_SECRET, JWKS_FILE and JWKS_URL exclude each other; set one of them");
  if (env.DATABASE_URL !== undefined && sources.length === 0) {
    problems.push("JWT_SECRET, JWKS_FILE or JWKS_URL is required with DATABASE_URL");
  }
  if (env.DATABASE_URL === undefined && env.DATABASE_OWNER_URL !== undefined) {
    problems.push("DATABASE_OWNER_URL is of no use without DATABASE_URL");
  }
  const ports = [env.GRPC_PORT, env.HTTP_PORT, env.METRICS_PORT].filter((number) => number !== 0);
  if (new Set(ports).size < ports.length) problems.push("GRPC_PORT, HTTP_PORT and METRICS_PORT must differ");
  return problems;
}

function toConfig(env: Environment): Config {
  const databaseUrl = env.DATABASE_URL ?? null;
  return Object.freeze({
    // A database of one's own machine is for trying things out: nobody else should reach it unasked.
    host: env.HOST ?? (databaseUrl === null ? "127.0.0.1" : "0.0.0.0"),
    grpcPort: env.GRPC_PORT,
    httpPort: env.HTTP_PORT,
    metricsPort: env.METRICS_PORT,
    databaseUrl,
    databaseOwnerUrl: env.DATABASE_OWNER_URL ?? null,
    dataDir: env.WALLET_DATA_DIR,
    tokenKeys: tokenKeysOf(env),
    jwtIssuer: env.JWT_ISSUER,
    jwtAudience: env.JWT_AUDIENCE,
    ...limitsOf(env),
    redisUrl: env.REDIS_URL ?? null,
    logLevel: env.LOG_LEVEL,
    isolation: env.DATABASE_ISOLATION === "serializable" ? "serializable" : "read committed",
    writerConnectionsMax,
    readerConnectionsMax,
    shutdownTimeoutMs,
  });
}

function limitsOf(env: Environment) {
  const admin = env.RATE_LIMIT_ADMIN;
  return {
    callRates: {
      holder: { reads: env.RATE_LIMIT_HOLDER_READS, movements: env.RATE_LIMIT_HOLDER_MOVEMENTS, admin },
      service: { reads: env.RATE_LIMIT_READS, movements: env.RATE_LIMIT_MOVEMENTS, admin },
    },
    failedAttemptsMax: env.RATE_LIMIT_UNAUTHENTICATED,
    streamLimits: { holder: env.STREAM_LIMIT_HOLDER, service: env.STREAM_LIMIT },
    connectionLimits: { max: env.CONNECTION_LIMIT, perAddressMax: env.CONNECTION_LIMIT_PER_ADDRESS },
  };
}

function tokenKeysOf(env: Environment): TokenKeyConfig {
  if (env.JWT_SECRET !== undefined) return { secret: env.JWT_SECRET };
  if (env.JWKS_FILE !== undefined) return { jwksFile: env.JWKS_FILE };
  return env.JWKS_URL === undefined ? null : { jwksUrl: env.JWKS_URL };
}
