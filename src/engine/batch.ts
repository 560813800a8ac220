import type { Database } from "../db/database.js";
import type { KeyRecord } from "../db/keys.js";
import type { OnLocked } from "../db/locks.js";
import { Session, type TransactionSettings } from "../db/session.js";
import type { Command } from "../ledger/command.js";
import { applyPlan, type Plan } from "../ledger/plan.js";
import { planCommand } from "../ledger/planner.js";
import { RerunError } from "./attempts.js";
import { wasCommitted } from "./doubt.js";
import { walletsOf } from "./group.js";
import type { EngineLimits } from "./limits.js";
import { type LockedBatch, lockBatch } from "./lock-batch.js";
import { writeBatch } from "./write-batch.js";

/** What a batch decided for one of its commands. */
export type Verdict =
  | { readonly kind: "planned"; readonly plan: Plan }
  /** The key was taken before; the record says by what. */
  | { readonly kind: "taken"; readonly record: KeyRecord }
  /** Another transaction holds these wallets; nothing of the command is left in this one. */
  | { readonly kind: "deferred"; readonly blockedOn: ReadonlySet<string> };

/** How long the parts of a batch took, in seconds. */
export interface BatchPhases {
  /** Claiming the keys and taking the locks. */
  readonly lock: number;
  readonly plan: number;
  /** Writing and committing. */
  readonly commit: number;
}

export interface DecidedBatch {
  /** One for each command, in order. */
  readonly verdicts: readonly Verdict[];
  readonly phases: BatchPhases;
}

/**
 * Runs commands with different keys in one database transaction: claim, lock, plan, write, commit.
 *
 * Either all of it is durable when this returns, or, when it throws, none of it (OUTCOME_UNKNOWN apart).
 */
export async function runBatch(
  database: Database,
  limits: EngineLimits,
  commands: readonly Command[],
  onLocked: OnLocked,
): Promise<DecidedBatch> {
  const times = [performance.now()];
  const { verdicts, fate } = await Session.use(database.writer.createQueryRunner(), async (session) => {
    session.begin(settingsFor(database, limits, onLocked));
    const locked = await lockBatch(database.locks, session, commands, onLocked);
    times.push(performance.now());
    const verdicts = commands.map((command) => decide(locked, command));
    times.push(performance.now());
    writeBatch(session, locked, plansToWrite(verdicts), deferredOf(commands, verdicts));
    return { verdicts, fate: await session.commit() };
  });
  times.push(performance.now());
  if (fate === "in_doubt" && !(await wasCommitted(database, limits, claimsKept(commands, verdicts)))) {
    throw new RerunError("the connection was lost before the commit");
  }
  return { verdicts, phases: phasesOf(times) };
}

function settingsFor({ isolation }: Database, limits: EngineLimits, onLocked: OnLocked): TransactionSettings {
  return {
    isolation,
    lockTimeoutMs: onLocked === "skip" ? limits.fastLockTimeoutMs : limits.slowLockTimeoutMs,
    statementTimeoutMs: limits.statementTimeoutMs,
  };
}

/** Plans in order of arrival, each command on top of what the ones before it changed. */
function decide(locked: LockedBatch, command: Command): Verdict {
  const record = locked.taken.get(command.claim.operationId);
  if (record !== undefined) return { kind: "taken", record };
  const blockedOn = walletsOf(command).filter((id) => locked.lockedByOthers.has(id));
  if (blockedOn.length > 0) return { kind: "deferred", blockedOn: new Set(blockedOn) };
  const plan = planCommand(locked.state, command);
  applyPlan(locked.state, plan);
  return { kind: "planned", plan };
}

function plansToWrite(verdicts: readonly Verdict[]): Plan[] {
  return verdicts.flatMap((verdict) =>
    verdict.kind === "planned" && !verdict.plan.command.movement.validateOnly ? [verdict.plan] : [],
  );
}

function deferredOf(commands: readonly Command[], verdicts: readonly Verdict[]): Command[] {
  return commands.filter((_, index) => verdicts[index]?.kind === "deferred");
}

function claimsKept(commands: readonly Command[], verdicts: readonly Verdict[]): Command["claim"][] {
  return commands
    .filter(({ movement }, index) => verdicts[index]?.kind === "planned" && !movement.validateOnly)
    .map(({ claim }) => claim);
}

function phasesOf([began = 0, locked = 0, planned = 0, committed = 0]: number[]): BatchPhases {
  return {
    lock: (locked - began) / 1e3,
    plan: (planned - locked) / 1e3,
    commit: (committed - planned) / 1e3,
  };
}
