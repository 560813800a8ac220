import { readClock } from "../../db/clock.js";
import { isStatementTimeout } from "../../db/failure.js";
import { endRun, findPlace, type IntegrityRun, savePlace } from "../../db/integrity/runs.js";
import type { Pool } from "../../db/pool.js";
import type { IntegrityFinding } from "../../ledger/integrity.js";
import { WalletError } from "../../ledger/wallet-error.js";
import { withAttempts } from "../attempts.js";
import type { EngineLimits } from "../limits.js";
import { newId } from "../new-id.js";
import { capture } from "./capture.js";
import type { IntegrityLimits } from "./limits.js";
import { Pace } from "./pace.js";
import type { Step, Tally } from "./phase.js";
import {
  firstPlace,
  fromKept,
  type IntegrityProgress,
  type Place,
  placeAfter,
  progressOf,
  toKept,
} from "./place.js";
import { runStep } from "./run-step.js";

/** What a check works with. */
export interface IntegrityContext {
  readonly reader: Pool;
  /** How often a step that met others is tried. */
  readonly attempts: EngineLimits;
  readonly limits: IntegrityLimits;
  /** The ids of the keys that checkpoints may be signed with; empty when that is not known. */
  readonly trustedKeyIds: readonly string[];
}

/** Where a check can be gone on with. */
export interface IntegrityToken {
  readonly runId: string;
  readonly placeId: string;
}

/** The result of a check. */
export interface IntegrityVerdict {
  readonly findingCount: bigint;
  readonly postings: bigint;
  readonly wallets: bigint;
  /** The instant of the snapshot, in microseconds since 1970. */
  readonly snapshotTime: bigint;
}

/** What a check tells as it goes, each with where to go on after it. */
export type IntegrityEvent = { readonly token: IntegrityToken } & (
  | { readonly kind: "progress"; readonly phase: string; readonly progress: IntegrityProgress }
  | { readonly kind: "finding"; readonly finding: IntegrityFinding }
  | { readonly kind: "verdict"; readonly verdict: IntegrityVerdict }
);

/**
 * Checks the ledger: captures the heads of all wallets at one instant, then verifies everything up to them in short steps
 * with pauses between, while others write. The verdict comes last. A check that was cut off can be gone on with; what was
 * found in the step that was cut off is then told again, and counted once.
 *
 * @param asked the asset to check, null for all; and where to go on, null to begin.
 * @throws INVALID_FIELD when it cannot be gone on with from there; the signal's reason when it aborts;
 * CONTENTION; or DATABASE_UNAVAILABLE, also when what it had captured is lost, which no verdict is given on.
 */
export async function* checkIntegrity(
  context: IntegrityContext,
  asked: { readonly asset: string | null; readonly token: IntegrityToken | null },
  signal: AbortSignal,
): AsyncGenerator<IntegrityEvent, void, undefined> {
  const { run, place: from } = await begin(context, asked, signal);
  const pace = new Pace(context.limits);
  let place = from;
  let token = await keep(context, run, place);
  let spokeMs = performance.now();
  yield progressEvent(run, place, token);
  while (place.phase !== null) {
    signal.throwIfAborted();
    const startedMs = performance.now();
    const step = await withTimeouts(pace, () => takeStep(context, { run, place, rows: pace.rows }));
    const tookMs = performance.now() - startedMs;
    const told = Math.max(0, context.limits.findingsMax - Number(place.findingCount));
    for (const finding of step.findings.slice(0, told)) {
      yield { kind: "finding", finding, token };
      signal.throwIfAborted();
    }
    const next = placeAfter(place, step);
    if (next.phase !== place.phase) pace.reset();
    place = next;
    if (step.findings.length > 0 || performance.now() - spokeMs >= context.limits.progressMs) {
      token = await keep(context, run, place);
      yield progressEvent(run, place, token);
      spokeMs = performance.now();
    }
    await pace.rest(tookMs, signal);
  }
  yield { kind: "verdict", verdict: await end(context, run, place), token: await keep(context, run, place) };
}

async function begin(
  context: IntegrityContext,
  { asset, token }: { asset: string | null; token: IntegrityToken | null },
  signal: AbortSignal,
): Promise<{ run: IntegrityRun; place: Place }> {
  if (token === null) return { run: await capture(context, asset, signal), place: firstPlace() };
  const found = await findPlace(context.reader, token.runId, token.placeId);
  if (found === undefined || found.run.asset !== asset) throw noSuchPlace();
  return { run: found.run, place: fromKept(found.place) };
}

function takeStep(
  { reader, attempts, limits, trustedKeyIds }: IntegrityContext,
  { run, place, rows: size }: { run: IntegrityRun; place: Place; rows: number },
): Promise<Step> {
  const { phase, after, tally } = place;
  if (phase === null) throw new Error("a check that has ended has no more steps");
  return withAttempts(attempts, () =>
    runStep(reader, limits.statementTimeoutMs, (session) =>
      phase.step({ session, run, after, size, tally, trustedKeyIds }),
    ),
  );
}

/** A step that ran too long is taken again with fewer rows, as long as there can be fewer. */
async function withTimeouts<T>(pace: Pace, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const cause = error instanceof WalletError ? error.cause : error;
      if (!isStatementTimeout(cause) || !pace.canShrink) throw error;
      pace.shrink();
    }
  }
}

async function keep(
  { reader, attempts, limits }: IntegrityContext,
  run: IntegrityRun,
  place: Place,
): Promise<IntegrityToken> {
  const id = newId();
  await withAttempts(attempts, () =>
    runStep(reader, limits.statementTimeoutMs, (session) =>
      savePlace(session, { runId: run.id, id, place: toKept(place) }),
    ),
  );
  return { runId: run.id, placeId: id };
}

/** Ends a run that has verified all it captured. @throws DATABASE_UNAVAILABLE when it has not. */
async function end(
  { reader, attempts, limits }: IntegrityContext,
  run: IntegrityRun,
  { findingCount, tally }: Place,
): Promise<IntegrityVerdict> {
  const { chainedPostings: postings, wallets } = tally;
  if (wallets !== run.walletCount || postings !== run.postingCount) throw incomplete(run, tally);
  const captured = await withAttempts(attempts, () =>
    runStep(reader, limits.statementTimeoutMs, async (session) =>
      endRun(session, run, { findingCount, time: await readClock(session) }),
    ),
  );
  if (captured !== run.walletCount) throw incomplete(run, tally);
  return { findingCount, postings, wallets, snapshotTime: run.snapshotTime };
}

function progressEvent(run: IntegrityRun, place: Place, token: IntegrityToken): IntegrityEvent {
  return { kind: "progress", phase: place.phase?.name ?? "", progress: progressOf(run, place), token };
}

/** It comes without a time to retry after, for there is no place left to go on from. */
function incomplete({ walletCount, postingCount }: IntegrityRun, tally: Tally): WalletError {
  return new WalletError(
    "DATABASE_UNAVAILABLE",
    `The database has lost what this check had captured: ${walletCount} wallets with ${postingCount} postings, of which ` +
      `${tally.wallets} with ${tally.chainedPostings} were verified. That proves nothing; begin anew, without a resume_token.`,
    {
      metadata: {
        wallet_count: `${walletCount}`,
        posting_count: `${postingCount}`,
        checked_wallet_count: `${tally.wallets}`,
        checked_posting_count: `${tally.chainedPostings}`,
      },
    },
  );
}

function noSuchPlace(): WalletError {
  const description =
    "must be one of a check of this asset that is not too long ago; leave it empty to begin anew";
  return new WalletError("INVALID_FIELD", `resume_token ${description}.`, {
    metadata: { fields: "resume_token" },
    violations: [{ field: "resume_token", description }],
  });
}
