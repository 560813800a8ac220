import { type DestinationStream, type Logger, pino, stdSerializers, stdTimeFunctions } from "pino";

/** How the log is written. */
export interface LogOptions {
  /** The lowest level that is written: `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`. */
  level: string;
  /** Where lines go. Unset: standard error, because standard output belongs to the command line. */
  destination?: DestinationStream;
}

const secretKeys = [
  "authorization",
  "cookie",
  "set-cookie",
  "token",
  "secret",
  "password",
  "privateKey",
  "jwtSecret",
  "databaseUrl",
  "databaseOwnerUrl",
  "databaseReplicaUrls",
  "redisUrl",
];

/** What errors of the database carry of other people's data: values of rows and of parameters. */
const dataKeys = ["detail", "parameters"];

const censor = "[redacted]";

/**
 * Opens the log: one JSON object per line. Tokens, secrets, passwords in URLs and the data in database errors are
 * masked, in messages as well.
 */
export function createLog({ level, destination }: LogOptions): Logger {
  const options = {
    level,
    base: null,
    // For people who read it at night: words instead of numbers.
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: stdTimeFunctions.isoTime,
    redact: { paths: secretKeys.flatMap(pathsTo), censor },
    serializers: { err: serializeError },
    hooks: { logMethod: maskMessages },
  };
  return pino(options, destination ?? pino.destination(2));
}

function pathsTo(key: string): string[] {
  return [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`];
}

function maskMessages(this: Logger, args: Parameters<Logger["info"]>, method: Logger["info"]): void {
  const masked = args.map((arg: unknown) => (typeof arg === "string" ? mask(arg) : arg));
  method.apply(this, masked as typeof args);
}

// Drivers put connection strings into their messages, where redaction by key does not reach.
function serializeError(error: Error): unknown {
  return maskAll(stdSerializers.errWithCause(error), 0);
}

const maskDepthMax = 6;
const maskedKeys = new Set([...secretKeys, ...dataKeys]);

function maskAll(value: unknown, depth: number): unknown {
  if (typeof value === "string") return mask(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > maskDepthMax) return "[too deep]";
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.map((item) => maskAll(item, depth + 1));
  // `raw` is the error itself, which pino keeps out of sight and we keep out of the log.
  const entries = Object.entries(value).filter(([key]) => key !== "raw");
  return Object.fromEntries(
    entries.map(([key, item]) => [key, maskedKeys.has(key) ? censor : maskAll(item, depth + 1)]),
  );
}

/** A text without the tokens and the passwords of URLs in it. */
export function mask(text: string): string {
  // A password may hold anything but blanks, so all that could be one goes, up to the last "@".
  return text
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^:@/\s]*:)\S*@/gi, `$1${censor}@`)
    .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, censor);
}
