import { isBulk, type Submission } from "../ledger/bulk.js";
import { walletsOf } from "./group.js";
import type { LockedBatch } from "./lock-batch.js";

const nothing: ReadonlySet<string> = new Set();

/**
 * Who has to wait because of locked wallets. The commands of one call are made in its order: one that shares a wallet
 * with an earlier one that waits, waits with it, or it would not see what that one does. A system wallet, which most
 * of a call's commands share, does not count: one locked wallet would stop them all.
 */
export class PutOff {
  readonly #locked: LockedBatch;
  /** What the waiting commands of a call wait for, by batch id and wallet. */
  readonly #waiting = new Map<string, Map<string, ReadonlySet<string>>>();

  constructor(locked: LockedBatch) {
    this.#locked = locked;
  }

  /** The wallets that a submission has to wait for; none when it can be decided. Asked in order of arrival. */
  blockedOn(submission: Submission): ReadonlySet<string> {
    const { lockedByOthers } = this.#locked;
    if (lockedByOthers.size === 0) return nothing;
    const wallets = walletsOf(submission);
    const batchId = isBulk(submission) ? null : submission.claim.batchId;
    const waiting = batchId === null ? undefined : this.#waiting.get(batchId);
    const blockedOn = new Set(wallets.filter((id) => lockedByOthers.has(id)));
    for (const id of wallets) for (const blocker of waiting?.get(id) ?? nothing) blockedOn.add(blocker);
    if (batchId !== null && blockedOn.size > 0) this.#add(batchId, wallets, blockedOn);
    return blockedOn;
  }

  #add(batchId: string, wallets: readonly string[], blockedOn: ReadonlySet<string>): void {
    const waiting = this.#waiting.get(batchId) ?? new Map<string, ReadonlySet<string>>();
    for (const id of wallets) if (!this.#isSystem(id)) waiting.set(id, blockedOn);
    this.#waiting.set(batchId, waiting);
  }

  #isSystem(walletId: string): boolean {
    const role = this.#locked.state.wallets.get(walletId)?.systemRole;
    return role !== undefined && role !== null;
  }
}
