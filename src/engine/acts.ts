import { readClock } from "../db/clock.js";
import { insertAudit } from "../db/journal.js";
import { claimKeys, findKeys, type KeyOutcome, type KeyRecord, recordOutcomes } from "../db/keys.js";
import type { LockStatements } from "../db/locks.js";
import { Session } from "../db/session.js";
import type { Claim } from "../ledger/movement.js";
import { isRecorded } from "../ledger/reason.js";
import { WalletError } from "../ledger/wallet-error.js";
import { RerunError, withAttempts } from "./attempts.js";
import type { EngineContext } from "./context.js";
import { assertInTime } from "./deadline.js";
import { wasCommitted } from "./doubt.js";
import { newId } from "./new-id.js";
import { overloaded } from "./not-taken.js";
import { assertSameRequest, refusedOutcome, throwIfRefused } from "./outcome.js";
import { fromSnapshot, toSnapshot } from "./snapshot.js";
import { Turns } from "./turns.js";

/** What an act works with, inside its transaction. */
export interface ActContext {
  readonly session: Session;
  readonly locks: LockStatements;
  /**
   * The database's clock at the start of the act, in microseconds since 1970. What is done under a lock takes the clock
   * after it: the act may have waited.
   */
  readonly now: bigint;
  /** Tells the audit log of a wallet that the act concerns, where that shows only under the locks. */
  concerns(walletId: string): void;
}

/** Something that is created or changed without moving value: a holder, an asset, a wallet's status. */
export interface Act<Result> {
  readonly claim: Claim;
  /** When the caller stops waiting, in milliseconds since 1970; undefined when it did not say. */
  readonly deadlineMs?: number | undefined;
  /** What it is done to, for the audit log: the id of a holder or wallet, or an asset's code. */
  readonly resourceId: string;
  /** The holder that it is done to, for the audit log, where it names one. */
  readonly holderId?: string | null;
  /** The wallet that it is done to, for the audit log, where it names one. */
  readonly walletId?: string;
  /** Why, in the caller's words, for the audit log. */
  readonly reason?: string;
  /** Does it. A `WalletError` thrown from here undoes what it wrote, and is its outcome. */
  run(context: ActContext): Promise<Result>;
}

export interface ActResult<Result> {
  readonly result: Result;
  /** Whether it had been done before, under the same idempotency key. */
  readonly replayed: boolean;
}

/** Runs acts, each in a transaction of its own: claim, lock, change, record, commit. A few at a time. */
export class Acts {
  readonly #context: EngineContext;
  readonly #turns: Turns;

  constructor(context: EngineContext) {
    this.#context = context;
    this.#turns = new Turns(context.limits.actsRunningMax);
  }

  /** How many acts wait for their turn. */
  get waiting(): number {
    return this.#turns.waiting;
  }

  /** Does the act once, however often its key comes. */
  async run<Result>(act: Act<Result>): Promise<ActResult<Result>> {
    this.#assertRoom();
    const { limits, observer } = this.#context;
    return this.#turns.take(() => {
      assertInTime(act.deadlineMs, limits.batchBudgetMs);
      return withAttempts(limits, () => this.#attempt(act), {
        onFailed: (cause) => observer.failed(cause),
      });
    });
  }

  async #attempt<Result>(act: Act<Result>): Promise<ActResult<Result>> {
    const { database, limits } = this.#context;
    const { outcome, fate } = await Session.use(database.writer.createQueryRunner(), async (session) => {
      session.begin({
        isolation: database.isolation,
        lockTimeoutMs: limits.slowLockTimeoutMs,
        statementTimeoutMs: limits.statementTimeoutMs,
      });
      const claimed = await claimKeys(session, [act.claim]);
      const outcome =
        claimed.size === 0 ? await readTaken(session, act.claim) : await this.#decide(session, act);
      return { outcome, fate: await session.commit() };
    });
    if (fate === "in_doubt" && !(await wasCommitted(this.#context, [act.claim]))) {
      throw new RerunError("the connection was lost before the commit");
    }
    if ("record" in outcome) return replayAct<Result>(act.claim, outcome.record);
    if (outcome.error !== null) throw outcome.error;
    return { result: outcome.result as Result, replayed: false };
  }

  async #decide<Result>(
    session: Session,
    act: Act<Result>,
  ): Promise<{ result: Result | null; error: WalletError | null }> {
    const now = await readClock(session);
    const walletIds = act.walletId === undefined ? [] : [act.walletId];
    const concerns = (walletId: string) => walletIds.push(walletId);
    const { locks } = this.#context.database;
    const decided = await runOrUndo(session, act, { session, locks, now, concerns });
    const outcome = outcomeOf(act.claim, decided);
    await Promise.all([
      recordOutcomes(session, [{ claim: act.claim, outcome }]),
      insertAudit(session, [
        {
          id: newId(),
          kind: decided.error === null ? "ADMINISTRATION" : "REFUSAL",
          caller: act.claim.caller,
          onBehalfOf: "",
          remoteAddress: act.claim.remoteAddress,
          method: act.claim.method,
          errorReason: decided.error?.reason ?? null,
          holderIds: act.holderId == null ? [] : [act.holderId],
          walletIds,
          transactionId: null,
          resourceId: act.resourceId,
          reason: act.reason ?? "",
          requestId: act.claim.requestId,
          time: now,
        },
      ]),
    ]);
    return decided;
  }

  /** @throws OVERLOADED when too many wait already. */
  #assertRoom(): void {
    const { limits, observer } = this.#context;
    if (!this.#turns.isFull || this.#turns.waiting < limits.actsWaitingMax) return;
    observer.overloaded("acts");
    throw overloaded(limits.actsWaitingMax);
  }
}

/** The answer that a key had before, for an act with the same key. */
function replayAct<Result>(claim: Claim, record: KeyRecord): ActResult<Result> {
  assertSameRequest(claim, record);
  throwIfRefused(record);
  if (record.outcome === null || !("result" in record.outcome)) {
    throw new Error(`key ${record.key} points at no act's result`);
  }
  return { result: fromSnapshot<Result>(record.outcome.result), replayed: true };
}

async function readTaken(session: Session, claim: Claim): Promise<{ record: KeyRecord }> {
  const [record] = await findKeys(session, [claim]);
  if (record === undefined) throw new RerunError("a key was given back meanwhile");
  return { record };
}

async function runOrUndo<Result>(
  session: Session,
  act: Act<Result>,
  context: ActContext,
): Promise<{ result: Result | null; error: WalletError | null }> {
  session.send("savepoint act").catch(() => {});
  try {
    return { result: await act.run(context), error: null };
  } catch (error) {
    if (!(error instanceof WalletError) || !isRecorded(error.reason)) throw error;
    session.send("rollback to savepoint act").catch(() => {});
    return { result: null, error };
  }
}

function outcomeOf(
  claim: Claim,
  { result, error }: { result: unknown; error: WalletError | null },
): KeyOutcome {
  if (error !== null) return refusedOutcome(claim, error);
  return { requestId: claim.requestId, result: toSnapshot(result) };
}
