import { commandsOf, isBulk, type Submission, validatesOnly } from "../ledger/bulk.js";
import type { Command } from "../ledger/command.js";
import type { Claim } from "../ledger/movement.js";
import type { EngineLimits } from "./limits.js";

/** What is waiting to be decided. */
interface Waits {
  readonly submission: Submission;
}

/** Submissions of one batch that share an idempotency key: the first leads, the others get its outcome. */
export interface Group<Waiting extends Waits> {
  readonly leader: Waiting;
  readonly followers: readonly Waiting[];
}

/** Groups what waits by key, in order of arrival. `validate_only` claims no key and leads only itself. */
export function groupByKey<Waiting extends Waits>(waiting: readonly Waiting[]): Group<Waiting>[] {
  const groups = new Map<string | Waiting, { leader: Waiting; followers: Waiting[] }>();
  for (const one of waiting) {
    const key = claimedKey(one.submission) ?? one;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { leader: one, followers: [] });
    else group.followers.push(one);
  }
  return [...groups.values()];
}

/** The idempotency key that a submission goes by, its caller included, or its queued operation; null when it claims none. */
export function claimedKey(submission: Submission): string | null {
  return validatesOnly(submission) ? null : keyText(submission.claim);
}

/** All keys that a submission claims, the one that it goes by first. */
export function claimedKeys(submission: Submission): string[] {
  const key = claimedKey(submission);
  if (key === null) return [];
  return isBulk(submission) ? [key, ...submission.commands.map(({ claim }) => keyText(claim))] : [key];
}

/**
 * Splits off what claims a key that something else in the batch claims as well, under a key of its own to go by: who
 * comes second must see what became of the first.
 */
export function withoutSharedKeys<Waiting extends Waits>(
  waiting: Waiting[],
): { batch: Waiting[]; later: Waiting[] } {
  if (!waiting.some(({ submission }) => isBulk(submission))) return { batch: waiting, later: [] };
  const leaders = new Map<string, string>();
  const batch: Waiting[] = [];
  const later: Waiting[] = [];
  for (const one of waiting) {
    const keys = claimedKeys(one.submission);
    const [leader = ""] = keys;
    const shares = keys.some((key) => (leaders.get(key) ?? leader) !== leader);
    (shares ? later : batch).push(one);
    if (!shares) for (const key of keys) leaders.set(key, leader);
  }
  return { batch, later };
}

/** How many of these, from the first on, fit into one batch together; at least one. */
export function countWithin(
  waiting: readonly Waits[],
  { batchMax, batchLegsMax }: Pick<EngineLimits, "batchMax" | "batchLegsMax">,
): number {
  let count = 0;
  let movements = 0;
  let legs = 0;
  for (const { submission } of waiting) {
    movements += weightOf(submission);
    legs += legsIn(submission);
    if (count > 0 && (movements > batchMax || legs > batchLegsMax)) break;
    count++;
  }
  return count;
}

/** How many postings it makes at most, more or less: one for each wallet that each of its commands touches. */
function legsIn(submission: Submission): number {
  return commandsOf(submission).reduce((sum, { touches }) => sum + touches.wallets.length, 0);
}

/** How many movements it makes. */
export function weightOf(submission: Submission): number {
  return isBulk(submission) ? submission.commands.length : 1;
}

export function movementsIn(submissions: readonly Submission[]): number {
  return submissions.reduce((sum, submission) => sum + weightOf(submission), 0);
}

/** The wallets that a submission must lock. */
export function walletsOf(submission: Submission): string[] {
  return commandsOf(submission).flatMap(({ touches }) => touches.wallets.map(({ walletId }) => walletId));
}

/** The holders whose status decides whether this command may open a wallet. */
export function holdersOf(command: Command): { walletId: string; holderId: string }[] {
  return command.touches.wallets.flatMap(({ walletId, holderId }) =>
    holderId === null ? [] : [{ walletId, holderId }],
  );
}

/** A queued operation has its key for good: it goes by its id, and another request under its key does not go with it. */
function keyText(claim: Claim): string {
  return claim.queued === null ? callerKey(claim) : claim.operationId;
}

/** A key with the caller that it is scoped to, as one text. */
export function callerKey({ caller, key }: Pick<Claim, "caller" | "key">): string {
  return JSON.stringify([caller, key]);
}
