import { z } from "zod";
import { anomalyRulesFile } from "./anomaly-rules.js";
import { type LimitsConfig, limitsOf, limitVariables } from "./config-limits.js";
import { type AnomalyRules, defaultAnomalyRules } from "./ledger/anomaly/thresholds.js";

/** Where the keys that sign tokens come from. Null: the embedded mode's own secret. */
export type TokenKeyConfig = { secret: string } | { jwksFile: string } | { jwksUrl: string } | null;

/** The export of traces over OTLP/HTTP. */
export interface TracingConfig {
  /** The collector's base URL. */
  readonly endpoint: string;
  /** What the service is called in the traces. */
  readonly serviceName: string;
  /** The share of the calls that are recorded when their callers say nothing about it, from 0 to 1. */
  readonly ratio: number;
}

/** The files that TLS needs, as PEM, and the one that maps certificates to callers, as JSON. */
export interface TlsConfig {
  readonly cert: string;
  readonly key: string;
  /** The authorities of callers' certificates, which are required then. Null: callers need none. */
  readonly clientCa: string | null;
  /** Null: no certificate stands for anybody. */
  readonly identities: string | null;
}

/** The configuration of one process, checked and frozen. */
export interface Config extends LimitsConfig {
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
  /** How the listeners of calls speak TLS. Null: in the clear. */
  readonly tls: TlsConfig | null;
  /** The Ed25519 private key that seals checkpoints, as PEM. Null: the embedded mode's own, and none without it. */
  readonly checkpointKeyFile: string | null;
  /** The ids of earlier keys of this service, whose checkpoints still count. */
  readonly checkpointTrustedKeyIds: readonly string[];
  /** How old the newest checkpoint may become before the service makes one by itself, in hours. 0: it never does. */
  readonly checkpointIntervalHours: number;
  readonly jwtIssuer: string;
  readonly jwtAudience: string;
  readonly logLevel: string;
  /** What is looked for in the stream of transactions. */
  readonly anomalyRules: AnomalyRules;
  /** Connections for the engine and for reads. A few per core is right; more makes PostgreSQL slower. */
  readonly writerConnectionsMax: number;
  readonly readerConnectionsMax: number;
  /** Where traces go and how many; null when none are exported. */
  readonly tracing: TracingConfig | null;
  /** The isolation of the transactions that change anything. */
  readonly isolation: "read committed" | "serializable";
  /** Whether database connections may keep prepared statements; not behind a pooler of single transactions. */
  readonly preparedStatements: boolean;
  /** How old the newest check of the whole ledger may become before there is another one; 0 is never. */
  readonly integrityIntervalHours: number;
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

const writerConnectionsMax = 6;
const readerConnectionsMax = 6;
const shutdownTimeoutMs = 20_000;
const secretBytesMin = 32;
const checkpointIntervalHoursDefault = 24;
const checkpointIntervalHoursMax = 8_760;

/** Named in the contract, and served by later releases. Ignoring one of them would be worse than refusing it. */
const notServedYet = ["DATABASE_REPLICA_URLS", "KAFKA_BROKERS"];

const text = z.string().trim().min(1, "must not be empty");
const port = z.coerce
  .number({ error: "must be a port number" })
  .int("must be a port number")
  .min(0, "must be from 0 (any free port) to 65535")
  .max(65_535, "must be from 0 (any free port) to 65535");
const keyId = /^[0-9a-f]{64}$/;
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
  DATABASE_PREPARED_STATEMENTS: z.enum(["on", "off"], { error: "must be on or off" }).default("on"),
  INTEGRITY_INTERVAL_HOURS: z.coerce
    .number({ error: "must be a number of hours" })
    .min(0, "must be from 0 (never) to 8760 hours")
    .max(8_760, "must be from 0 (never) to 8760 hours")
    .default(24),
  WALLET_DATA_DIR: text.default("./.data"),
  JWT_SECRET: z
    .string()
    .refine(
      (secret) => Buffer.byteLength(secret) >= secretBytesMin,
      `must have at least ${secretBytesMin} bytes`,
    )
    .optional(),
  JWKS_FILE: text.optional(),
  JWKS_URL: z
    .url({ protocol: /^https?$/, error: "must be an http(s) URL" })
    .refine((url) => !/^[^/]*\/\/[^/]*@/.test(url), "must not hold a user or password; they cannot be sent")
    .optional(),
  CHECKPOINT_KEY_FILE: text.optional(),
  CHECKPOINT_TRUSTED_KEY_IDS: z
    .string()
    .transform((ids) => ids.split(",").map((id) => id.trim()))
    .refine(
      (ids) => ids.every((id) => keyId.test(id)),
      "must be key ids (64 hexadecimal digits), with commas in between",
    )
    .default([]),
  CHECKPOINT_INTERVAL_HOURS: z.coerce
    .number({ error: "must be a number of hours" })
    .min(0, "must be a number of hours, or 0 for never")
    .max(checkpointIntervalHoursMax, `must be at most ${checkpointIntervalHoursMax}`)
    .default(checkpointIntervalHoursDefault),
  // Not empty: the callers that have no issuer are parts of the service itself.
  JWT_ISSUER: text.default("wallet"),
  JWT_AUDIENCE: text.default("wallet"),
  ANOMALY_RULES: anomalyRulesFile.optional(),
  TLS_CERT: text.optional(),
  TLS_KEY: text.optional(),
  TLS_CLIENT_CA: text.optional(),
  TLS_IDENTITIES: text.optional(),
  ...limitVariables,
  LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"], {
      error: "must be trace, debug, info, warn, error, fatal or silent",
    })
    .default("info"),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/, error: "must be an http(s) URL" }).optional(),
  OTEL_SERVICE_NAME: text.default("wallet"),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number({ error: "must be from 0 to 1" })
    .min(0, "must be from 0 to 1")
    .max(1, "must be from 0 to 1")
    .default(1),
});

type Environment = z.infer<typeof environment>;
type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads the configuration of what verifies or makes tokens from environment variables.
 *
 * @throws ConfigError with every problem there is, not just the first.
 */
export function readConfig(env: Variables): Config {
  return configOf(env, (given) => [...keysMissingIn(given), ...contradictionsOf(given)]);
}

/**
 * Reads the configuration of a command that has to do with no tokens, and needs no keys of theirs.
 *
 * @throws ConfigError with every problem there is, not just the first.
 */
export function readCommandConfig(env: Variables): Config {
  return configOf(env, contradictionsOf);
}

function configOf(env: Variables, problemsOf: (given: Environment) => readonly string[]): Config {
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
    ...(parsed.success ? problemsOf(parsed.data) : []),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return toConfig(parsed.data);
}

/** The embedded mode has a secret of its own. */
function keysMissingIn(env: Environment): string[] {
  if (env.DATABASE_URL === undefined || tokenKeysOf(env) !== null) return [];
  return ["JWT_SECRET, JWKS_FILE or JWKS_URL is required with DATABASE_URL"];
}

function contradictionsOf(env: Environment): string[] {
  const sources = [env.JWT_SECRET, env.JWKS_FILE, env.JWKS_URL].filter((source) => source !== undefined);
  const problems: string[] = [];
  if (sources.length > 1)
    problems.push("JWT_SECRET, JWKS_FILE and JWKS_URL exclude each other; set one of them");
  if (env.DATABASE_URL === undefined && env.DATABASE_OWNER_URL !== undefined) {
    problems.push("DATABASE_OWNER_URL is of no use without DATABASE_URL");
  }
  problems.push(...tlsContradictionsOf(env));
  const ports = [env.GRPC_PORT, env.HTTP_PORT, env.METRICS_PORT].filter((number) => number !== 0);
  if (new Set(ports).size < ports.length) problems.push("GRPC_PORT, HTTP_PORT and METRICS_PORT must differ");
  return problems;
}

function tlsContradictionsOf(env: Environment): string[] {
  const problems: string[] = [];
  if ((env.TLS_CERT === undefined) !== (env.TLS_KEY === undefined)) {
    problems.push("TLS_CERT and TLS_KEY belong together; set both or neither");
  }
  if (env.TLS_CLIENT_CA !== undefined && env.TLS_CERT === undefined) {
    problems.push("TLS_CLIENT_CA is of no use without TLS_CERT and TLS_KEY");
  }
  if (env.TLS_IDENTITIES !== undefined && env.TLS_CLIENT_CA === undefined) {
    problems.push("TLS_IDENTITIES is of no use without TLS_CLIENT_CA");
  }
  // Keys are scoped to issuer, role and subject: a token must not be able to speak for a certificate.
  if (env.TLS_IDENTITIES !== undefined && env.JWT_ISSUER === "mtls") {
    problems.push("JWT_ISSUER must not be mtls with TLS_IDENTITIES: certificates are known under that name");
  }
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
    tls: tlsOf(env),
    checkpointKeyFile: env.CHECKPOINT_KEY_FILE ?? null,
    checkpointTrustedKeyIds: env.CHECKPOINT_TRUSTED_KEY_IDS,
    checkpointIntervalHours: env.CHECKPOINT_INTERVAL_HOURS,
    jwtIssuer: env.JWT_ISSUER,
    jwtAudience: env.JWT_AUDIENCE,
    ...limitsOf(env),
    logLevel: env.LOG_LEVEL,
    tracing: tracingOf(env),
    anomalyRules: env.ANOMALY_RULES ?? defaultAnomalyRules,
    isolation: env.DATABASE_ISOLATION === "serializable" ? "serializable" : "read committed",
    preparedStatements: env.DATABASE_PREPARED_STATEMENTS === "on",
    writerConnectionsMax,
    readerConnectionsMax,
    integrityIntervalHours: env.INTEGRITY_INTERVAL_HOURS,
    shutdownTimeoutMs,
  });
}

function tracingOf(env: Environment): TracingConfig | null {
  const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return null;
  return { endpoint, serviceName: env.OTEL_SERVICE_NAME, ratio: env.OTEL_TRACES_SAMPLER_ARG };
}

function tokenKeysOf(env: Environment): TokenKeyConfig {
  if (env.JWT_SECRET !== undefined) return { secret: env.JWT_SECRET };
  if (env.JWKS_FILE !== undefined) return { jwksFile: env.JWKS_FILE };
  return env.JWKS_URL === undefined ? null : { jwksUrl: env.JWKS_URL };
}

function tlsOf({ TLS_CERT, TLS_KEY, TLS_CLIENT_CA, TLS_IDENTITIES }: Environment): TlsConfig | null {
  if (TLS_CERT === undefined || TLS_KEY === undefined) return null;
  return {
    cert: TLS_CERT,
    key: TLS_KEY,
    clientCa: TLS_CLIENT_CA ?? null,
    identities: TLS_IDENTITIES ?? null,
  };
}
