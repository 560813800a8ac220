import type { Database } from "../db/database.js";
import type { OnLocked } from "../db/locks.js";
import { Session, type TransactionSettings } from "../db/session.js";
import { applyBulk, type Bulk, type BulkPlan, isBulk, planBulk, type Submission } from "../ledger/bulk.js";
import { applyPlan, type Plan } from "../ledger/plan.js";
import { planCommand } from "../ledger/planner.js";
import { RerunError } from "./attempts.js";
import { itemKeyUsed } from "./bulk.js";
import type { EngineContext } from "./context.js";
import { wasCommitted } from "./doubt.js";
import type { EngineLimits } from "./limits.js";
import { type LockedBatch, lockBatch } from "./lock-batch.js";
import type { BatchTimes } from "./observer.js";
import { PutOff } from "./put-off.js";
import { settle } from "./settle.js";
import type { Verdict } from "./verdict.js";
import { writeBatch } from "./write-batch.js";

export interface DecidedBatch {
  /** One for each submission, in order. */
  readonly verdicts: readonly Verdict[];
  /** Holds that were released because their time had run out. */
  readonly releasedHolds: number;
  readonly times: BatchTimes;
}

/**
 * Runs submissions with different keys in one database transaction: claim, lock, plan, write, commit.
 *
 * Either all of it is durable when this returns, or, when it throws, none of it (OUTCOME_UNKNOWN apart).
 */
export async function runBatch(
  context: EngineContext,
  submissions: readonly Submission[],
  onLocked: OnLocked,
): Promise<DecidedBatch> {
  const { database, limits } = context;
  const beganMs = performance.now();
  const { verdicts, kept, releasedHolds, fate, ended } = await Session.use(
    database.writer.createQueryRunner(),
    async (session) => {
      const connect = performance.now();
      session.begin(settingsFor(database, limits, onLocked));
      const locked = await lockBatch(database.locks, session, submissions, onLocked);
      const lock = performance.now();
      const verdicts = decideAll(locked, submissions);
      const settlement = settle(locked, submissions, verdicts);
      const plan = performance.now();
      writeBatch(session, locked, settlement);
      const fate = await session.commit();
      const ended = { connect, claim: locked.claimedMs, lock, plan, write: session.writtenMs };
      return { verdicts, kept: settlement.kept, releasedHolds: locked.released.length, fate, ended };
    },
  );
  if (fate === "in_doubt" && !(await wasCommitted(context, kept))) {
    throw new RerunError("the connection was lost before the commit");
  }
  return { verdicts, releasedHolds, times: { beganMs, endedMs: { ...ended, commit: performance.now() } } };
}

function settingsFor({ isolation }: Database, limits: EngineLimits, onLocked: OnLocked): TransactionSettings {
  return {
    isolation,
    lockTimeoutMs: onLocked === "skip" ? limits.fastLockTimeoutMs : limits.slowLockTimeoutMs,
    statementTimeoutMs: limits.statementTimeoutMs,
  };
}

/** Decides in order of arrival, each submission on top of what the ones before it changed. */
function decideAll(locked: LockedBatch, submissions: readonly Submission[]): Verdict[] {
  const putOff = new PutOff(locked);
  const pending = new Set(locked.operations.pending);
  return submissions.map((submission) => {
    const { operationId, queued } = submission.claim;
    const record = locked.taken.get(operationId);
    if (record !== undefined) return { kind: "taken", record };
    const isOurs = queued === null || locked.operations.locked.has(operationId);
    if (!isOurs || queued?.after.some((id) => pending.has(id))) return { kind: "behind" };
    const blockedOn = putOff.blockedOn(submission);
    if (blockedOn.size > 0) return { kind: "deferred", blockedOn };
    pending.delete(operationId);
    return { kind: "planned", plan: decide(locked, submission) };
  });
}

function decide(locked: LockedBatch, submission: Submission): Plan | BulkPlan {
  if (isBulk(submission)) return decideBulk(locked, submission);
  const plan = planCommand(locked.state, submission);
  applyPlan(locked.state, plan);
  return plan;
}

function decideBulk({ state, taken }: LockedBatch, bulk: Bulk): BulkPlan {
  for (const [index, { claim }] of bulk.commands.entries()) {
    const record = taken.get(claim.operationId);
    if (record !== undefined) return { kind: "bulk", bulk, plans: [], refusal: itemKeyUsed(index, record) };
  }
  const plan = planBulk(state, bulk);
  applyBulk(state, plan);
  return plan;
}
