import { readClock } from "../db/clock.js";
import { claimKeys, findKeys, type KeyRecord } from "../db/keys.js";
import {
  type LockStatements,
  lockAssetsForRead,
  lockHoldersForRead,
  lockWallets,
  type OnLocked,
} from "../db/locks.js";
import { claimReferences, type ExternalReference, findReferences } from "../db/references.js";
import type { Session } from "../db/session.js";
import { existingWallets } from "../db/wallet-writes.js";
import { claimsOf, commandsOf, type Submission, validatesOnly } from "../ledger/bulk.js";
import type { Command } from "../ledger/command.js";
import { type Release, releaseDue } from "../ledger/expiry.js";
import type { Claim } from "../ledger/movement.js";
import { batchTimeOf } from "../ledger/position.js";
import { type LedgerState, referenceKey } from "../ledger/state.js";
import type { HolderStatus, Wallet } from "../ledger/wallet.js";
import { RerunError } from "./attempts.js";
import { callerKey, holdersOf, walletsOf } from "./group.js";
import { lockJobs } from "./job-batch.js";
import { lockHolds } from "./lock-holds.js";
import { isQueued, type LockedOperations, lockOperations } from "./lock-operations.js";
import { lockOutgoing } from "./lock-outgoing.js";
import { lockedRefundTotals } from "./refunds.js";

/** What a batch holds when its claims are made and its locks are taken. */
export interface LockedBatch {
  /** When its claims were made, in milliseconds by `performance.now()`. */
  readonly claimedMs: number;
  readonly state: LedgerState;
  /** The wallets that were there and are locked; any other that is posted to is opened by this batch. */
  readonly existing: ReadonlySet<string>;
  /** The keys that were taken before, by operation id of the claim that asked for them. */
  readonly taken: ReadonlyMap<string, KeyRecord>;
  /** What became of the queued operations that it is to apply. */
  readonly operations: LockedOperations;
  /** The references that this batch claimed, each for the first command that named it. */
  readonly references: readonly ExternalReference[];
  /** Wallets that exist and that another transaction holds. */
  readonly lockedByOthers: ReadonlySet<string>;
  /** The holds whose time had run out: released in the state already, and to be written. */
  readonly released: readonly Release[];
}

/**
 * Claims the submissions' keys and references and locks what they touch, in the order that everybody keeps: keys,
 * queued operations, references, assets, jobs, wallets, holders. All but the rare last steps are sent at once and cost
 * one round trip.
 */
export async function lockBatch(
  locks: LockStatements,
  session: Session,
  submissions: readonly Submission[],
  onLocked: OnLocked,
): Promise<LockedBatch> {
  const commands = submissions.flatMap(commandsOf);
  const asked = submissions.flatMap(claimsOf);
  const claims = asked.filter((claim) => !isQueued(claim));
  const named = commands.flatMap(referencesOf);
  const claimable = submissions
    .filter((one) => !validatesOnly(one))
    .flatMap(commandsOf)
    .flatMap(referencesOf);
  const walletIds = new Set(commands.flatMap(walletsOf));
  let claimedMs = performance.now();
  const claim = () =>
    claimKeys(session, claims).finally(() => {
      claimedMs = performance.now();
    });
  // The clock comes last: the feed counts on it that a batch has its transaction id, from its claims, and its locks before.
  const [claimed, operations, references, assets, jobs, wallets, clock] = await Promise.all([
    claims.length === 0 ? new Set<string>() : claim(),
    lockOperations(session, asked),
    claimable.length === 0 ? [] : claimReferences(session, firstOfEach(claimable)),
    lockAssetsForRead(locks, session, new Set(commands.flatMap(({ touches }) => touches.assets))),
    lockJobs(locks, session, commands),
    lockWallets(locks, session, walletIds, onLocked),
    readClock(session),
  ]);
  const now = batchTimeOf(clock, wallets);
  const existing = new Set(wallets.map((wallet) => wallet.id));
  const missing = [...walletIds].filter((id) => !existing.has(id));
  const [takenKeys, usedReferences, lockedByOthers, outgoing] = await Promise.all([
    findTaken(session, claims, claimed),
    findUsed(session, named, references),
    missing.length === 0 ? new Set<string>() : existingWallets(session, missing),
    lockOutgoing(session, commands, { assets, wallets, now }),
  ]);
  if (onLocked === "wait" && lockedByOthers.size > 0) throw new RerunError("a wallet was opened meanwhile");
  const holders = await lockHolders(
    locks,
    session,
    commands,
    missing.filter((id) => !lockedByOthers.has(id)),
  );
  const { named: holds, due } = await lockHolds(session, commands, wallets, now);
  const state: LedgerState = {
    assets: new Map(assets.map((asset) => [asset.code, asset])),
    wallets: new Map<string, Wallet>(wallets.map((wallet) => [wallet.id, wallet])),
    holders,
    holds: new Map(holds.map((hold) => [hold.id, hold])),
    refundTotals: await lockedRefundTotals(session, commands, lockedByOthers),
    jobs,
    outgoing,
    references: new Map(usedReferences.map((used) => [keyOf(used), used.transactionId])),
    now,
  };
  const taken = new Map([...takenKeys, ...operations.taken]);
  const released = releaseDue(state, due);
  return { claimedMs, state, existing, taken, operations, references, lockedByOthers, released };
}

/** The key of a reference in the planners' state. */
export function keyOf({ asset, type, reference }: ExternalReference): string {
  return referenceKey(asset, type, reference);
}

function referencesOf({ claim, movement, touches }: Command): ExternalReference[] {
  const { externalReference: reference } = movement;
  return touches.references.map((counted) => ({ ...counted, reference, transactionId: claim.operationId }));
}

function firstOfEach(references: readonly ExternalReference[]): ExternalReference[] {
  const first = new Map<string, ExternalReference>();
  for (const reference of references)
    if (!first.has(keyOf(reference))) first.set(keyOf(reference), reference);
  return [...first.values()];
}

async function findTaken(
  session: Session,
  claims: readonly Claim[],
  claimed: ReadonlySet<string>,
): Promise<Map<string, KeyRecord>> {
  const refused = claims.filter((claim) => !claimed.has(claim.operationId));
  if (refused.length === 0) return new Map();
  const records = new Map((await findKeys(session, refused)).map((record) => [callerKey(record), record]));
  return new Map(
    refused.map((claim) => {
      const record = records.get(callerKey(claim));
      // Keys are given back only before they are committed, so what was in our way is there to be read.
      if (record === undefined) throw new RerunError("a key was given back meanwhile");
      return [claim.operationId, record];
    }),
  );
}

async function findUsed(
  session: Session,
  named: readonly ExternalReference[],
  claimed: readonly ExternalReference[],
): Promise<ExternalReference[]> {
  const ours = new Set(claimed.map(keyOf));
  const others = named.filter((reference) => !ours.has(keyOf(reference)));
  return others.length === 0 ? [] : findReferences(session, firstOfEach(others));
}

async function lockHolders(
  locks: LockStatements,
  session: Session,
  commands: readonly Command[],
  unopened: readonly string[],
): Promise<Map<string, HolderStatus>> {
  if (unopened.length === 0) return new Map();
  const opening = new Set(unopened);
  const ids = commands.flatMap(holdersOf).filter(({ walletId }) => opening.has(walletId));
  if (ids.length === 0) return new Map();
  const holders = await lockHoldersForRead(locks, session, new Set(ids.map(({ holderId }) => holderId)));
  return new Map(holders.map((holder) => [holder.id, holder.status]));
}
