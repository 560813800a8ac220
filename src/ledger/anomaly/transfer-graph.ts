/** One transfer between two holders' wallets. */
export interface TransferEdge {
  readonly transactionId: string;
  readonly asset: string;
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
  readonly time: bigint;
}

/** The bounds of the graph. */
export const graphLimits = Object.freeze({
  /** Transfers of all assets together; the oldest make room. */
  edgesMax: 20_000,
  /** Transfers to one wallet. */
  incomingMax: 32,
  /** Transfers from one wallet: a circle may begin with any of them. */
  outgoingMax: 1_000,
  /** Transfers that one search follows backwards. */
  visitsMax: 150,
});

/**
 * The newest transfers, by the wallet they went to and by the one they came from. It follows from the transactions alone,
 * so that it is read again after a start and never kept.
 */
export class TransferGraph {
  readonly #incoming = new Map<string, TransferEdge[]>();
  readonly #outgoing = new Map<string, TransferEdge[]>();
  readonly #oldestFirst: TransferEdge[] = [];
  #first = 0;

  /** How many transfers it remembers. */
  get size(): number {
    return this.#oldestFirst.length - this.#first;
  }

  add(edge: TransferEdge): void {
    remember(this.#incoming, edge.to, edge, graphLimits.incomingMax);
    remember(this.#outgoing, edge.from, edge, graphLimits.outgoingMax);
    this.#oldestFirst.push(edge);
    if (this.size > graphLimits.edgesMax) this.#forgetOldest();
  }

  /** The transfers to a wallet, oldest first. */
  to(walletId: string): readonly TransferEdge[] {
    return this.#incoming.get(walletId) ?? [];
  }

  /** The transfers from a wallet, oldest first. */
  from(walletId: string): readonly TransferEdge[] {
    return this.#outgoing.get(walletId) ?? [];
  }

  #forgetOldest(): void {
    const oldest = this.#oldestFirst[this.#first++];
    // Cutting the list off for each edge would move all the others each time.
    if (this.#first > graphLimits.edgesMax) {
      this.#oldestFirst.splice(0, this.#first);
      this.#first = 0;
    }
    if (oldest === undefined) return;
    forget(this.#incoming, oldest.to, oldest);
    forget(this.#outgoing, oldest.from, oldest);
  }
}

function remember(
  byWallet: Map<string, TransferEdge[]>,
  walletId: string,
  edge: TransferEdge,
  max: number,
): void {
  const edges = byWallet.get(walletId);
  if (edges === undefined) byWallet.set(walletId, [edge]);
  else if (edges.push(edge) > max) edges.shift();
}

function forget(byWallet: Map<string, TransferEdge[]>, walletId: string, oldest: TransferEdge): void {
  const edges = byWallet.get(walletId) ?? [];
  if (edges[0] === oldest) edges.shift();
  if (edges.length === 0) byWallet.delete(walletId);
}
