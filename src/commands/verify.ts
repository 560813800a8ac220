import { openCheckpointKey, trustedKeyIdsOf } from "../checkpoint-key.js";
import type { Config } from "../config.js";
import { findAsset } from "../db/assets.js";
import { closeDatabase, type Database, openDatabase } from "../db/database.js";
import { pendingMigrations } from "../db/schema.js";
import { checkIntegrity, type IntegrityToken } from "../engine/integrity/check.js";
import { defaultIntegrityLimits } from "../engine/integrity/limits.js";
import { defaultEngineLimits } from "../engine/limits.js";
import { WalletError } from "../ledger/wallet-error.js";
import { decodeIntegrityToken, encodeIntegrityToken } from "../rpc/decode/integrity-token.js";
import { eventJson, findingText, progressLine, verdictText, warningOf } from "./integrity-report.js";
import { withLedger } from "./ledger-database.js";
import type { Terminal } from "./terminal.js";

/** What `wallet verify` is asked. */
export interface VerifyOptions {
  /** Only this asset. */
  readonly asset?: string;
  /** The part of the time that it works, from above 0 to 1. */
  readonly throttle?: number;
  /** Where to go on. */
  readonly resume?: string;
  /** Whether everything is said as lines of JSON. */
  readonly json: boolean;
}

/** The check cannot be made. The message is for the person at the terminal. */
export class VerifyError extends Error {
  override name = "VerifyError";
}

const progressMs = 500;
/** How often it is said how far the check is, where nobody watches a bar. */
const linesEveryMs = 10_000;
const clearLine = "\r\u001b[2K";

/**
 * Checks the ledger and tells of it as it goes.
 *
 * @returns whether nothing was found.
 * @throws VerifyError, or whatever keeps the check from being made; the signal's reason when it aborts.
 */
export async function verifyLedger(
  config: Config,
  options: VerifyOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<boolean> {
  const { asset = "", resume } = options;
  const token = resume === undefined ? null : decodeIntegrityToken(asset, resume);
  if (resume !== undefined && token === null)
    throw new VerifyError("--resume is not a token of a check of the same asset.");
  return withDatabase(config, signal, async (database, isServed) => {
    const pending = await pendingMigrations(database.reader);
    if (pending.length > 0)
      throw new VerifyError(`The database lacks ${pending.join(", ")}: run \`wallet migrate up\`.`);
    if (asset !== "" && (await findAsset(database.reader, asset)) === undefined)
      throw new VerifyError(`There is no asset ${asset}.`);
    const share = options.throttle ?? (isServed ? defaultIntegrityLimits.share : 1);
    const trustedKeyIds = trustedKeyIdsOf(config, await openCheckpointKey(config));
    const asked = { asset, token, share, json: options.json, trustedKeyIds };
    return tell(database, asked, terminal, signal);
  });
}

async function tell(
  { reader }: Database,
  {
    asset,
    token,
    share,
    json,
    trustedKeyIds,
  }: {
    asset: string;
    token: IntegrityToken | null;
    share: number;
    json: boolean;
    trustedKeyIds: readonly string[];
  },
  terminal: Terminal,
  signal: AbortSignal,
): Promise<boolean> {
  const limits = { ...defaultIntegrityLimits, share, progressMs };
  const asked = { asset: asset === "" ? null : asset, token };
  const startedMs = performance.now();
  const warning = warningOf(asset, trustedKeyIds);
  const bar = terminal.notices.isTTY === true && !json;
  let spokeMs = startedMs - linesEveryMs;
  let resumeToken = "";
  let beganWith: bigint | undefined;
  try {
    for await (const event of checkIntegrity(
      { reader, attempts: defaultEngineLimits, limits, trustedKeyIds },
      asked,
      signal,
    )) {
      resumeToken = encodeIntegrityToken(asset, event.token);
      if (json) terminal.output.write(eventJson(event, resumeToken, warning));
      if (event.kind === "progress" && !json) {
        beganWith ??= event.progress.checkedPostings;
        const line = progressLine(event.phase, event.progress, {
          postings: event.progress.checkedPostings - beganWith,
          elapsedMs: performance.now() - startedMs,
        });
        if (bar) terminal.notices.write(`${clearLine}${line}`);
        else if (performance.now() - spokeMs >= linesEveryMs) {
          terminal.notices.write(`${line}\n`);
          spokeMs = performance.now();
        }
      }
      if (bar && event.kind !== "progress") terminal.notices.write(clearLine);
      if (event.kind === "finding" && !json) terminal.output.write(findingText(event.finding));
      if (event.kind === "verdict" && !json) {
        terminal.output.write(verdictText(event.verdict));
        if (warning !== null) terminal.notices.write(`${warning}\n`);
      }
      if (event.kind === "verdict") return event.verdict.findingCount === 0n;
    }
  } catch (error) {
    if (resumeToken !== "" && mayGoOn(error))
      terminal.notices.write(`${bar ? "\n" : ""}Go on with --resume ${resumeToken}\n`);
    throw error;
  }
  throw new Error("the check ended without a verdict");
}

/** Whether a check that failed with this has a place to go on from: the service's own errors say when to try again. */
const mayGoOn = (error: unknown): boolean =>
  !(error instanceof WalletError) || error.retryDelayMs !== undefined;

/** The ledger that is there, by the side of the service that may be at work on it. */
async function withDatabase<T>(
  config: Config,
  signal: AbortSignal,
  work: (database: Database, isServed: boolean) => Promise<T>,
): Promise<T> {
  return withLedger(config, signal, async ({ url, isServed }) => {
    const database = await openDatabase({
      url,
      writerConnectionsMax: 1,
      readerConnectionsMax: 1,
      isolation: config.isolation,
      preparedStatements: config.preparedStatements,
      queryTimeoutMs: defaultEngineLimits.statementTimeoutMs * 2,
      onConnectionLost: () => {},
    });
    try {
      return await work(database, isServed);
    } finally {
      await closeDatabase(database);
    }
  });
}
