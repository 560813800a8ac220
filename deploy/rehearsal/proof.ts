import type { Caller } from "../../test/support/caller.js";
import type { PlannedCall } from "../../test/support/load.js";
import { openCaller } from "../../test/support/load.js";
import { expectOracles } from "../../test/support/oracles.js";
import { onServer } from "../../test/support/postgres.js";
import { startService } from "../../test/support/service.js";
import { type Acknowledged, makeTransfer } from "./transfers.js";

/** What was sent and answered before and after the moment that was restored. */
export interface Expected {
  readonly before: readonly Acknowledged[];
  readonly after: readonly PlannedCall[];
}

/** What was found in a restored ledger. */
export interface Found {
  /** Acknowledged before the moment, and gone. */
  readonly missing: number;
  /** Sent after the moment, and there. */
  readonly early: number;
  /** Under way at the moment, and there. */
  readonly underWay: number;
}

/** Looks for the transfers in a restored database, which holds to every rule of a ledger. */
export async function findTransfers(url: string, { before, after }: Expected): Promise<Found> {
  await expectOracles(url);
  const rows = await onServer<{ id: string; description: string }>(
    url,
    "select id, description from transactions where type = 'TRANSFER' and state = 'POSTED'",
  );
  const ids = new Map(rows.map(({ id, description }) => [description, id]));
  const missing = before.filter(({ call, transactionId }) => ids.get(call.key) !== transactionId).length;
  const early = after.filter(({ key }) => ids.has(key)).length;
  return { missing, early, underWay: ids.size - (before.length - missing) - early };
}

/** Sends transfers again under their keys to a service on the restored database. Returns how many were not as they must. */
export async function sendAgain(
  url: string,
  { before, after }: Expected,
): Promise<{ readyMs: number; notReplayed: number; notMade: number }> {
  const beganMs = performance.now();
  const service = await startService({ env: { DATABASE_URL: url, HOST: "127.0.0.1" } });
  let caller: Caller | undefined;
  try {
    caller = await openCaller(service);
    const readyMs = performance.now() - beganMs;
    let notReplayed = 0;
    for (const { call, transactionId } of before) {
      const again = await makeTransfer(caller, call);
      if (again.kind !== "done" || !again.replayed || again.transactionId !== transactionId) notReplayed++;
    }
    let notMade = 0;
    for (const call of after) {
      const anew = await makeTransfer(caller, call);
      if (anew.kind !== "done" || anew.replayed) notMade++;
    }
    return { readyMs, notReplayed, notMade };
  } finally {
    caller?.close();
    await service.stop();
    await expectOracles(url);
  }
}
