import { type DestinationStream, type Logger, pino, stdSerializers } from "pino";

/** How the log is written. */
export interface LogOptions {
  /** The lowest level that is written: `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`. */
  level: string;
  /** Where lines go. Unset: standard error, because standard output belongs to the command line. */
  destination?: DestinationStream;
}

const secretKeys = [
  "authorization",
  "token",
  "secret",
  "password",
  "jwtSecret",
  "databaseUrl",
  "databaseOwnerUrl",
  "databaseReplicaUrls",
  "redisUrl",
];

/** Opens the log: one JSON object per line, with tokens, secrets and passwords in URLs masked. */
export function createLog({ level, destination }: LogOptions): Logger {
  const options = {
    level,
    base: null,
    redact: {
      paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
      censor: "[redacted]",
    },
    serializers: { err: serializeError },
  };
  return pino(options, destination ?? pino.destination(2));
}

// Drivers put connection strings into their messages, where redaction by key does not reach.
function serializeError(error: Error): unknown {
  return maskAll(stdSerializers.errWithCause(error), 0);
}

const maskDepthMax = 6;

function maskAll(value: unknown, depth: number): unknown {
  if (typeof value === "string") return mask(value);
  if (typeof value !== "object" || value === null || depth > maskDepthMax) return value;
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.map((item) => maskAll(item, depth + 1));
  // `raw` is the error itself, which pino keeps out of sight and we keep out of the log.
  const entries = Object.entries(value).filter(([key]) => key !== "raw");
  return Object.fromEntries(entries.map(([key, item]) => [key, maskAll(item, depth + 1)]));
}

function mask(text: string): string {
  return text
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^:@/\s]*:)[^@/\s]+@/gi, "$1[redacted]@")
    .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, "[redacted]");
}
