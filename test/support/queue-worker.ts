import { defaultEngineLimits } from "../../src/engine/limits.js";
import { acceptanceOf } from "../../src/engine/operations.js";
import { defaultQueueLimits, type QueueLimits, QueueWorker } from "../../src/engine/queue-worker.js";
import { makeCommand } from "../../src/ledger/command.js";
import { movementFingerprint } from "../../src/ledger/fingerprint.js";
import type { SimpleMovement } from "../../src/ledger/movement.js";
import { claimOf, freshKey, type TestEngine } from "./engine.js";

/** A worker of an engine, and what it told. */
export interface TestWorker {
  readonly worker: QueueWorker;
  /** How long each operation that it applied had waited, in seconds. */
  readonly applied: number[];
  /** How many operations were stale, each time it took the queue over. */
  readonly takenOver: number[];
  readonly failures: unknown[];
}

const method = "wallet.v1.WalletService/EnqueueTransaction";

/** Accepts a movement into the queue. Returns the id of the operation. */
export async function accept(
  { poster }: TestEngine,
  movement: SimpleMovement,
  key = freshKey(),
): Promise<string> {
  const claim = { ...claimOf(key, movementFingerprint(method, movement)), method };
  await poster.submit(acceptanceOf(claim, makeCommand(claim, movement)));
  return claim.operationId;
}

/** A worker that works until it is stopped. It looks at the queue as often as it can unless told otherwise. */
export function startWorker({ database, poster }: TestEngine, limits: Partial<QueueLimits> = {}): TestWorker {
  const applied: number[] = [];
  const takenOver: number[] = [];
  const failures: unknown[] = [];
  const context = { database, poster, limits: defaultEngineLimits };
  const bounds = { ...defaultQueueLimits, pollMs: 1, idleMs: 5, retryDelayMsBase: 5, ...limits };
  const worker = new QueueWorker(context, bounds, {
    applied: (waitedSeconds) => applied.push(waitedSeconds),
    tookOver: (stale) => takenOver.push(stale),
    pending: () => {},
    failed: (error) => failures.push(error),
  });
  worker.start();
  return { worker, applied, takenOver, failures };
}
