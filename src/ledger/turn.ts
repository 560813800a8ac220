/** What waits in the queue, as far as its turn depends on it. */
export interface Queueing {
  readonly id: string;
  /** The wallets of holders that it touches. */
  readonly walletIds: readonly string[];
}

/** One whose turn has come, provided that those before it are applied before it. */
export interface Turn<Waiting extends Queueing> {
  readonly waiting: Waiting;
  /** The last ones before it, by id, for each of its wallets, among those whose turn has come with it. */
  readonly after: readonly string[];
}

/**
 * Finds out whose turn it is among operations that are looked at in the order in which they were accepted. The turn of
 * one has come when all before it that share a wallet with it are complete, or have their turn with it.
 */
export class Turns {
  readonly #perWalletMax: number;
  /** The wallets that somebody waits for: an operation that touches one of them has to wait, and so do those behind it. */
  readonly #busy: Set<string>;
  readonly #last = new Map<string, { id: string; count: number }>();

  /**
   * @param busy the wallets of the operations that are under way.
   * @param perWalletMax how many may have their turn in one wallet together, so that one wallet leaves room for others.
   */
  constructor(busy: Iterable<string>, perWalletMax: number) {
    this.#busy = new Set(busy);
    this.#perWalletMax = perWalletMax;
  }

  /** The wallets that are busy by now. What touches no other need not be looked at. */
  get busy(): ReadonlySet<string> {
    return this.#busy;
  }

  /** Those of the next operations whose turn has come, at most `max`. What comes behind them is not looked at then. */
  take<Waiting extends Queueing>(next: readonly Waiting[], max: number): Turn<Waiting>[] {
    const turns: Turn<Waiting>[] = [];
    for (const waiting of next) {
      if (turns.length === max) break;
      if (this.#mustWait(waiting)) for (const id of waiting.walletIds) this.#busy.add(id);
      else turns.push({ waiting, after: this.#join(waiting) });
    }
    return turns;
  }

  #mustWait({ walletIds }: Queueing): boolean {
    return walletIds.some(
      (id) => this.#busy.has(id) || (this.#last.get(id)?.count ?? 0) >= this.#perWalletMax,
    );
  }

  #join({ id, walletIds }: Queueing): string[] {
    const after = new Set<string>();
    for (const walletId of walletIds) {
      const last = this.#last.get(walletId);
      if (last !== undefined) after.add(last.id);
      this.#last.set(walletId, { id, count: (last?.count ?? 0) + 1 });
    }
    return [...after];
  }
}
