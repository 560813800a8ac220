import type { Database } from "../db/database.js";
import { type DueHold, listDueHolds } from "../db/holds.js";
import { findKey } from "../db/keys.js";
import { type Command, makeCommand } from "../ledger/command.js";
import type { Claim } from "../ledger/movement.js";
import type { ActResult, Acts } from "./acts.js";
import type { EngineLimits } from "./limits.js";
import { newId } from "./new-id.js";
import { ownClaim } from "./own-claim.js";
import type { Poster } from "./poster.js";
import { sweepQueue } from "./sweep-queue.js";

/** What sweeping works with. */
export interface SweepContext {
  readonly database: Database;
  readonly poster: Poster;
}

/** What one bounded round of sweeping came to. */
export interface Swept {
  /** How many of the holds that were due have been released. */
  readonly expiredHolds: number;
  /** Whether more are due. */
  readonly more: boolean;
  /** Why some of them could not be released this time, or null. */
  readonly failure: unknown;
}

/** How many wallets are swept at the same time, so that the callers' own commands find room in the batches. */
const walletsAtOnce = 100;

/**
 * Releases holds whose time has run out, through the poster, a command for each wallet: one that is locked by somebody
 * else stops only itself. Nothing is locked here.
 *
 * @param max the largest number of holds to release.
 */
export async function sweepExpired({ database, poster }: SweepContext, max: number): Promise<Swept> {
  const found = await listDueHolds(database.reader, max + 1);
  const perWallet = [...groupByWallet(found.slice(0, max)).values()];
  let expiredHolds = 0;
  let failure: unknown = null;
  for (let begin = 0; begin < perWallet.length; begin += walletsAtOnce) {
    const round = perWallet.slice(begin, begin + walletsAtOnce);
    const settled = await Promise.allSettled(round.map((holds) => poster.submit(expiryCommand(holds))));
    settled.forEach((one, index) => {
      if (one.status === "rejected") failure ??= one.reason;
      else expiredHolds += round[index]?.length ?? 0;
    });
  }
  return { expiredHolds, more: found.length > max || failure !== null, failure };
}

/** What sweeping on request works with. */
export interface RequestedSweepContext extends SweepContext {
  readonly limits: EngineLimits;
  readonly acts: Acts;
}

/** What sweeping on request came to: expired holds and the stale part of the queue. */
export interface SweptOnRequest {
  readonly expiredHolds: number;
  /** Operations that were decided because no worker was there to do it. */
  readonly staleOperations: number;
  /** Whether more is left of either. */
  readonly more: boolean;
}

/**
 * The same on request, and the stale part of the queue, once for each idempotency key. The sweep comes before the key is
 * claimed, so that nothing is claimed while it waits for the poster; a retry of a call that ended in between sweeps
 * again, which does no harm.
 *
 * @param request `max` is the largest number of holds and operations together.
 * @throws what kept holds from being released; the key is still free then.
 */
export async function sweepOnRequest(
  context: RequestedSweepContext,
  request: { claim: Claim; deadlineMs: number | undefined; max: number },
): Promise<ActResult<SweptOnRequest>> {
  const { claim, deadlineMs, max } = request;
  const isRetry = (await findKey(context.database.reader, claim)) !== undefined;
  const nothing = { expiredHolds: 0, staleOperations: 0, more: false };
  const swept = isRetry ? nothing : await sweepOrThrow(context, max);
  return context.acts.run({ claim, deadlineMs, resourceId: "holds", run: async () => swept });
}

async function sweepOrThrow(context: RequestedSweepContext, max: number): Promise<SweptOnRequest> {
  const { expiredHolds, more, failure } = await sweepExpired(context, max);
  if (failure !== null) throw failure;
  const queue = await sweepQueue(context, max - expiredHolds);
  return { expiredHolds, staleOperations: queue.staleOperations, more: more || queue.more };
}

function groupByWallet(holds: readonly DueHold[]): Map<string, DueHold[]> {
  const groups = new Map<string, DueHold[]>();
  for (const hold of holds) groups.set(hold.walletId, [...(groups.get(hold.walletId) ?? []), hold]);
  return groups;
}

function expiryCommand(holds: readonly DueHold[]): Command {
  const id = newId();
  const unclaimed = { caller: "", key: "", method: "", fingerprint: Buffer.alloc(0) };
  return makeCommand(ownClaim({ ...unclaimed, operationId: id, requestId: id }), {
    kind: "expiry",
    holds,
    externalReference: "",
    description: "",
    metadata: [],
    validateOnly: true,
  });
}
