import { emptyChainHead } from "../ledger/wallet.js";

/** Where a wallet's chain of postings stands. Times in microseconds since 1970; all zero before the first posting. */
export interface ChainState {
  readonly asset: string;
  readonly balance: bigint;
  readonly postingSeq: bigint;
  readonly version: bigint;
  readonly postTime: bigint;
  readonly head: Buffer;
}

const numbersEach = 4;
const headBytes = emptyChainHead.length;
const firstCapacity = 1_024;

/**
 * Where the chains of all wallets stand while a ledger is replayed. Kept in flat arrays, for there may be millions of
 * wallets: one takes about 200 bytes, most of it for its id.
 */
export class ChainStates {
  readonly #indexes = new Map<string, number>();
  readonly #assets: string[] = [];
  readonly #assetNames = new Map<string, string>();
  #numbers = new BigInt64Array(firstCapacity * numbersEach);
  #heads = Buffer.alloc(firstCapacity * headBytes);

  get size(): number {
    return this.#indexes.size;
  }

  /** Adds a wallet without postings. False when it is there already. */
  add(walletId: string, asset: string): boolean {
    const index = this.#indexes.size;
    if (this.#indexes.has(walletId)) return false;
    this.#indexes.set(walletId, index);
    // Each line brings its own copy of the name; one is enough.
    if (!this.#assetNames.has(asset)) this.#assetNames.set(asset, asset);
    this.#assets.push(this.#assetNames.get(asset) ?? asset);
    if (this.#heads.length === index * headBytes) this.#grow();
    return true;
  }

  /** Where a wallet's chain stands, or undefined when there is no such wallet. */
  get(walletId: string): ChainState | undefined {
    const index = this.#indexes.get(walletId);
    if (index === undefined) return undefined;
    const [balance = 0n, postingSeq = 0n, version = 0n, postTime = 0n] = this.#numbers.subarray(
      index * numbersEach,
      (index + 1) * numbersEach,
    );
    const head = this.#heads.subarray(index * headBytes, (index + 1) * headBytes);
    return { asset: this.#assets[index] ?? "", balance, postingSeq, version, postTime, head };
  }

  /** Moves a wallet's chain on by one posting. */
  set(walletId: string, { balance, postingSeq, version, postTime, head }: Omit<ChainState, "asset">): void {
    const index = this.#indexes.get(walletId) ?? 0;
    this.#numbers.set([balance, postingSeq, version, postTime], index * numbersEach);
    head.copy(this.#heads, index * headBytes);
  }

  #grow(): void {
    const numbers = new BigInt64Array(this.#numbers.length * 2);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
    this.#heads = Buffer.concat([this.#heads], this.#heads.length * 2);
  }
}
