#!/usr/bin/env node
import { Command, InvalidArgumentError } from "commander";
import type { App } from "./app.js";
import { bannerOf } from "./banner.js";
import { openCheckpointKey } from "./checkpoint-key.js";
import { addExport } from "./commands/export.js";
import { addReplay } from "./commands/replay.js";
import type { Terminal } from "./commands/terminal.js";
import { VerifyError, type VerifyOptions, verifyLedger } from "./commands/verify.js";
import { tellProof } from "./commands/verify-proof.js";
import { type Config, ConfigError, readCommandConfig, readConfig } from "./config.js";
import { closeDatabase, openDatabase } from "./db/database.js";
import { migrateDown, migrateUp, migrationStatus } from "./db/schema.js";
import { defaultAnomalyLimits } from "./engine/anomaly-limits.js";
import { makeEngine } from "./engine/engine.js";
import { integrityScheduleOf } from "./engine/integrity/schedule.js";
import { defaultEngineLimits } from "./engine/limits.js";
import { defaultQueueLimits } from "./engine/queue-worker.js";
import { defaultSweeperLimits } from "./engine/sweeper.js";
import { tokenKeysOf } from "./jwt-keys.js";
import { createLog, mask } from "./log.js";
import { issueToken } from "./rpc/access/issue-token.js";
import { type Role, roles } from "./rpc/access/role.js";
import { isSubject } from "./rpc/access/subject.js";
import { seed } from "./seed.js";

const daySeconds = 86_400;
const echoMs = 300;

/** Thrown where a command cannot do what it was asked to; the message is for the person at the terminal. */
class UsageError extends Error {
  override name = "UsageError";
}

// Their messages are for that person, too.
const knownErrors = new Set([
  ConfigError.name,
  UsageError.name,
  VerifyError.name,
  "SchemaError",
  "EmbeddedError",
  "FilesError",
  "PortError",
  "RecoveryError",
  "WalletError",
  "CheckpointKeyError",
]);

// What the driver says when there is no database to speak to: no connection, no admission, no such database.
const connectionErrors = /^(ECONN|EHOST|ENET|ENOTFOUND|EAI_|ETIMEDOUT|08|28|3D|53|57)/;

const program = new Command("wallet").description("A wallet and ledger service on PostgreSQL.");

program
  .command("serve")
  .description("run the service")
  .option("--migrate", "bring the schema of DATABASE_URL to head first", false)
  .action(({ migrate }: { migrate: boolean }) => serve(migrate));

const migrate = program
  .command("migrate")
  .description("change the schema of DATABASE_URL, as DATABASE_OWNER_URL");
migrate.command("up").description("apply every migration that is missing").action(migrateToHead);
migrate.command("down").description("take the newest migration back, with its data").action(migrateBack);
migrate.command("status").description("list the migrations").action(printMigrations);

program.command("seed").description("make the demonstration data in DATABASE_URL").action(seedDatabase);

const terminal: Terminal = {
  env: process.env,
  input: process.stdin,
  output: process.stdout,
  notices: process.stderr,
  stopSignal,
};
addExport(program, terminal);
addReplay(program, terminal);

program
  .command("verify")
  .description(
    "check the whole ledger; exits with 0 when it is sound, 1 when not, 2 when that could not be found out",
  )
  .option("--asset <code>", "only this asset")
  .option("--throttle <share>", "the part of the time that it works, from above 0 to 1", parseShare)
  .option("--resume <token>", "go on with a check that was cut off")
  .option("--json", "say everything as lines of JSON", false)
  .action(verify);

program
  .command("token")
  .description("print a token for the local instance, and nothing else")
  .requiredOption(
    "--sub <subject>",
    "who it is for: a holder's id, or the name of a service or person",
    parseSubject,
  )
  .requiredOption("--role <role>", `one of ${roles.join(", ")}`, parseRole)
  .option("--ttl <seconds>", "how long it is valid", parseSeconds, daySeconds)
  .action(printToken);

program
  .command("checkpoint-key")
  .description("print the public key that checkpoints are sealed with, and its id")
  .action(printCheckpointKey);

program
  .command("verify-proof")
  .description(
    "check an answer of GetPostingProof; without database and network. Exit 0: proved, 1: not, 2: unusable",
  )
  .argument("[file]", "the answer as JSON; standard input when it is left out")
  .option("--public-key <key>", "the key that it must be sealed with: a file, or 64 hexadecimal digits")
  .action(checkProof);

try {
  await program.parseAsync();
} catch (error) {
  fail(error);
}

async function serve(migrateFirst: boolean): Promise<void> {
  const config = readConfig(process.env);
  // Both listeners take a second to load, which no other command needs.
  const { openApp } = await import("./app.js");
  const log = createLog({ level: config.logLevel });
  const abort = new AbortController();
  let app: App | undefined;
  let firstSignalMs: number | undefined;
  const stop = (): void => {
    // The first signal stops gracefully, the second at once. The embedded database ends with the process.
    // What follows within moments is an echo: npm passes on the Ctrl-C that the terminal has sent here as well.
    if (firstSignalMs !== undefined && performance.now() - firstSignalMs > echoMs) process.exit(1);
    if (firstSignalMs !== undefined) return;
    firstSignalMs = performance.now();
    print("Stopping; a second Ctrl-C stops at once.\n");
    abort.abort(new UsageError("stopped while starting"));
    app?.close().then(exitWhenDone, fail);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
  app = await openApp(config, {
    log,
    migrate: migrateFirst,
    sweeper: defaultSweeperLimits,
    queue: defaultQueueLimits,
    anomalies: defaultAnomalyLimits,
    integrity: integrityScheduleOf(config.integrityIntervalHours),
    signal: abort.signal,
  });
  app.failed.then((problem) => app?.close().finally(() => fail(new UsageError(problem))));
  if (abort.signal.aborted) return app.close().then(exitWhenDone);
  print(bannerOf(config, app, await demonstrationToken(config)));
}

/** In embedded mode the token of a demonstration holder; with a database of one's own, tokens come from elsewhere. */
async function demonstrationToken(config: Config): Promise<string | null> {
  return config.databaseUrl === null
    ? makeToken(config, { sub: "alice", role: "holder", ttl: daySeconds })
    : null;
}

async function migrateToHead(): Promise<void> {
  const { owner, service } = databaseUrls();
  const applied = await migrateUp(owner, new URL(service).username);
  print(applied.length === 0 ? "The schema is at head already.\n" : `Applied ${applied.join(", ")}.\n`);
}

async function migrateBack(): Promise<void> {
  const name = await migrateDown(databaseUrls().owner);
  print(name === null ? "There is no migration to take back.\n" : `Took ${name} back.\n`);
}

async function printMigrations(): Promise<void> {
  const states = await migrationStatus(databaseUrls().owner);
  for (const { name, applied } of states) print(`${applied ? "applied" : "missing"}  ${name}\n`);
}

async function seedDatabase(): Promise<void> {
  const config = readCommandConfig(process.env);
  const database = await openDatabase({
    url: databaseUrls().service,
    writerConnectionsMax: config.writerConnectionsMax,
    readerConnectionsMax: config.readerConnectionsMax,
    isolation: config.isolation,
    preparedStatements: config.preparedStatements,
    queryTimeoutMs: defaultEngineLimits.statementTimeoutMs * 2,
    onConnectionLost: () => {},
  });
  try {
    await seed(makeEngine(database, defaultEngineLimits));
  } finally {
    await closeDatabase(database);
  }
  print(
    "The demonstration data is there: assets gold_coins, diamonds, loyalty_points, usd; holders alice, bob, carol.\n",
  );
}

async function verify(options: VerifyOptions): Promise<void> {
  const abort = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => abort.abort(new UsageError("The check was stopped.")));
  try {
    process.exitCode = (await verifyLedger(readCommandConfig(process.env), options, terminal, abort.signal))
      ? 0
      : 1;
  } catch (error) {
    process.stderr.write(`${mask(messageOf(error))}\n`);
    process.exitCode = 2;
  }
}

async function printToken(options: { sub: string; role: Role; ttl: number }): Promise<void> {
  print(`${await makeToken(readConfig(process.env), options)}\n`);
}

async function makeToken(
  config: Config,
  { sub, role, ttl }: { sub: string; role: Role; ttl: number },
): Promise<string> {
  const keys = await tokenKeysOf(config);
  if (!("secret" in keys))
    throw new UsageError("Tokens can be made only with JWT_SECRET or in embedded mode.");
  const { jwtIssuer: issuer, jwtAudience: audience } = config;
  return issueToken({ secret: keys.secret, issuer, audience, subject: sub, role, ttlSeconds: ttl });
}

async function printCheckpointKey(): Promise<void> {
  const key = await openCheckpointKey(readCommandConfig(process.env));
  if (key === null)
    throw new UsageError("There is no key to seal checkpoints with; set CHECKPOINT_KEY_FILE.");
  print(`public key  ${key.publicKey.toString("hex")}\nkey id      ${key.keyId}\n`);
}

async function checkProof(file: string | undefined, options: { publicKey?: string }): Promise<void> {
  process.exitCode = await tellProof(file ?? process.stdin, options, terminal);
}

function databaseUrls(): { owner: string; service: string } {
  const { databaseUrl, databaseOwnerUrl } = readCommandConfig(process.env);
  if (databaseUrl === null) {
    throw new UsageError("Set DATABASE_URL. The embedded database is migrated and seeded by `wallet serve`.");
  }
  return { owner: databaseOwnerUrl ?? databaseUrl, service: databaseUrl };
}

function parseSubject(text: string): string {
  if (isSubject(text)) return text;
  throw new InvalidArgumentError("It must be 1 to 64 characters, none of them control characters.");
}

function parseRole(text: string): Role {
  const role = roles.find((known) => known === text);
  if (role === undefined) throw new InvalidArgumentError(`It must be one of ${roles.join(", ")}.`);
  return role;
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (Number.isSafeInteger(seconds) && seconds > 0) return seconds;
  throw new InvalidArgumentError("It must be a positive number of seconds.");
}

function stopSignal(): AbortSignal {
  const abort = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => abort.abort());
  return abort.signal;
}

function parseShare(text: string): number {
  const share = Number(text);
  if (share > 0 && share <= 1) return share;
  throw new InvalidArgumentError("It must be a number above 0 and up to 1.");
}

function print(text: string): void {
  process.stdout.write(text);
}

function exitWhenDone(): void {
  // Whatever still holds the event loop open has had its time.
  process.exit(0);
}

/** Errors that are for the person who started this are one message; anything else shows where it came from. */
function fail(error: unknown): never {
  process.stderr.write(`${mask(messageOf(error))}\n`);
  process.exit(1);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (knownErrors.has(error.name)) return error.message;
  const code = "code" in error ? String(error.code) : "";
  if (connectionErrors.test(code)) return `The database cannot be used: ${error.message || code} (${code}).`;
  return error.stack ?? error.message;
}
