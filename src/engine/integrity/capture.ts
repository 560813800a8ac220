import { readClock } from "../../db/clock.js";
import { captureHeads, type IntegrityRun, insertRun } from "../../db/integrity/runs.js";
import type { Pool } from "../../db/pool.js";
import { withAttempts } from "../attempts.js";
import type { EngineLimits } from "../limits.js";
import { newId } from "../new-id.js";
import type { IntegrityLimits } from "./limits.js";
import { runStep } from "./run-step.js";

/**
 * Begins a run: captures the heads and balances of all wallets at one instant. It takes several statements, so that none
 * runs long, and all of them see the one snapshot of their transaction, which writers take no notice of.
 */
export function capture(
  { reader, attempts, limits }: { reader: Pool; attempts: EngineLimits; limits: IntegrityLimits },
  asset: string | null,
  signal: AbortSignal,
): Promise<IntegrityRun> {
  return withAttempts(attempts, () =>
    runStep(
      reader,
      limits.statementTimeoutMs,
      async (session) => {
        const id = newId();
        // The first statement takes the snapshot.
        const time = await readClock(session);
        let after: string | null = null;
        do {
          signal.throwIfAborted();
          after = await captureHeads(session, { runId: id, asset, after, limit: limits.capturedMax });
        } while (after !== null);
        return insertRun(session, { id, asset, time });
      },
      "repeatable read",
    ),
  );
}
