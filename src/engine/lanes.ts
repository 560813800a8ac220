import { isBulk } from "../ledger/bulk.js";
import { claimedKey, claimedKeys, countWithin, withoutSharedKeys } from "./group.js";
import type { EngineLimits } from "./limits.js";
import type { Lane, Waiting } from "./waiting.js";

/** What was taken from the fast lane. */
export interface TakenFast {
  readonly batch: Waiting[];
  /** Retries of commands that are in the slow lane, each with the first one of its key. */
  readonly retries: readonly { readonly one: Waiting; readonly first: Waiting }[];
}

/** What waits in the lanes of the poster, in order of arrival. */
export class Lanes {
  readonly #limits: EngineLimits;
  readonly #queues: Record<Lane, Waiting[]> = { fast: [], slow: [] };
  /** The commands of the slow lane by key, so that a retry waits there with them and not in the fast lane's way. */
  readonly #slowByKey = new Map<string, Waiting>();

  constructor(limits: EngineLimits) {
    this.#limits = limits;
  }

  /** What waits in a lane. */
  in(lane: Lane): readonly Waiting[] {
    return this.#queues[lane];
  }

  add(lane: Lane, waiting: readonly Waiting[]): void {
    this.#queues[lane].push(...waiting);
  }

  /** Has retries of a command that goes to the slow lane follow it there, until it is settled. */
  keepSlow(one: Waiting): void {
    for (const key of claimedKeys(one.submission)) this.#slowByKey.set(key, one);
  }

  /** A command has its answer: nothing follows it any more. */
  settled(one: Waiting): void {
    if (this.#slowByKey.size === 0) return;
    for (const key of claimedKeys(one.submission))
      if (this.#slowByKey.get(key) === one) this.#slowByKey.delete(key);
  }

  /**
   * Takes what waits, but for retries of commands that are in the slow lane: claiming a key that is claimed there would
   * make the whole batch wait for somebody else's locked wallet.
   */
  takeFast(): TakenFast {
    const { fast } = this.#queues;
    const { batch, later } = withoutSharedKeys(fast.splice(0, countWithin(fast, this.#limits)));
    fast.unshift(...later);
    if (this.#slowByKey.size === 0) return { batch, retries: [] };
    const retries = batch.flatMap((one) => {
      const first = this.#slowWithKeyOf(one);
      return first === undefined ? [] : [{ one, first }];
    });
    const following = new Set(retries.map(({ one }) => one));
    return { batch: batch.filter((one) => !following.has(one)), retries };
  }

  /** Takes the first command of the slow lane and those that wait for the same wallets, so that no others wait with it. */
  takeSlow(): Waiting[] {
    const [first] = this.#queues.slow;
    if (first === undefined) return [];
    const together = (one: Waiting) => [...one.blockedOn].every((id) => first.blockedOn.has(id));
    const waiting = this.#queues.slow.filter(together);
    const { batch } = withoutSharedKeys(waiting.slice(0, countWithin(waiting, this.#limits)));
    const taken = new Set(batch);
    this.#queues.slow = this.#queues.slow.filter((one) => !taken.has(one));
    return batch;
  }

  /** Takes all that waits. */
  takeAll(): Waiting[] {
    return [...this.#queues.fast.splice(0), ...this.#queues.slow.splice(0)];
  }

  #slowWithKeyOf({ submission }: Waiting): Waiting | undefined {
    if (!isBulk(submission)) return this.#slowByKey.get(claimedKey(submission) ?? "");
    const taken = claimedKeys(submission).find((key) => this.#slowByKey.has(key));
    return this.#slowByKey.get(taken ?? "");
  }
}
