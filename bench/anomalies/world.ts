import type { AnomalyRuleName } from "../../src/ledger/anomaly/finding.js";
import type { ObservedRecord, WalletFacts } from "../../src/ledger/anomaly/observation.js";
import type { TransactionType } from "../../src/ledger/transaction.js";
import { holderWalletId, systemWalletId } from "../../src/ledger/wallet.js";
import type { Random } from "../../test/model/random.js";
import { lognormal, within } from "./chance.js";

export const asset = "gold";

/** Something unusual that was put into the stream on purpose. */
export interface Episode {
  readonly kind: AnomalyRuleName;
  readonly transactionIds: string[];
}

/** A holder's wallet and its habits. */
export interface Wallet {
  readonly id: string;
  readonly median: number;
  readonly sigma: number;
  /** How often it does something, compared with the others. */
  readonly weight: number;
  readonly limit: bigint | null;
  /** Those it usually pays, by their index. */
  readonly contacts: readonly number[];
  balance: bigint;
}

/** What moves value, as far as the rules look at it. */
export interface Move {
  readonly type: TransactionType;
  readonly from: Wallet | null;
  readonly to: Wallet | null;
  readonly amount: bigint;
  readonly batchId?: string;
}

const contactsEach = 6;
const neighbourhood = 20;

/** A small ledger that keeps balances only, and writes down what the stream of transactions would tell. */
export class World {
  readonly wallets: readonly Wallet[];
  readonly facts: ReadonlyMap<string, WalletFacts>;
  readonly stream: ObservedRecord[] = [];
  #time = 0n;
  #ids = 0;

  constructor(random: Random, walletCount: number) {
    this.wallets = Array.from({ length: walletCount }, (_, index) => walletOf(random, index, walletCount));
    this.facts = new Map(
      this.wallets.map(({ id, limit }, index) => [
        id,
        { holderId: `holder-${index}`, transactionLimit: limit },
      ]),
    );
  }

  /** Sets the clock, in microseconds since 1970. */
  at(time: bigint): void {
    this.#time = time;
  }

  /** Makes a transaction, whatever the balance. */
  move({ type, from, to, amount, batchId }: Move, episode?: Episode): void {
    if (from !== null) from.balance -= amount;
    if (to !== null) to.balance += amount;
    const sides = [
      { wallet: from, amount: -amount },
      { wallet: to, amount },
    ];
    const postings = sides.map(({ wallet, amount: units }) => ({
      walletId: wallet?.id ?? systemWalletId(asset, "TREASURY"),
      asset,
      amount: units,
      balanceAfter: wallet?.balance ?? 0n,
    }));
    this.#write({ type, amount, batchId: batchId ?? null, refusedReason: null, postings }, episode);
  }

  /** Refuses a transaction out of a wallet. */
  refuse(wallet: Wallet, amount: bigint, episode?: Episode): void {
    const refusedReason = "INSUFFICIENT_FUNDS";
    this.#write({ type: "SPEND", amount, batchId: null, refusedReason, postings: [] }, episode, [wallet.id]);
  }

  #write(
    made: {
      type: TransactionType;
      amount: bigint;
      batchId: string | null;
      refusedReason: string | null;
      postings: ObservedRecord["postings"];
    },
    episode: Episode | undefined,
    walletIds = made.postings.map(({ walletId }) => walletId),
  ): void {
    const id = `transaction-${++this.#ids}`;
    episode?.transactionIds.push(id);
    const { postings, ...what } = made;
    const isPosted = made.refusedReason === null;
    const transaction = {
      id,
      asset,
      ...what,
      state: isPosted ? ("POSTED" as const) : ("REFUSED" as const),
      createTime: this.#time,
      postTime: isPosted ? this.#time : null,
    };
    this.stream.push({ transaction, postings, walletIds });
  }
}

function walletOf(random: Random, index: number, walletCount: number): Wallet {
  const median = Number(lognormal(random, 300, 0.8));
  const hood = Math.floor(index / neighbourhood) * neighbourhood;
  const neighbours = Array.from(
    { length: contactsEach },
    () => (hood + random.below(neighbourhood)) % walletCount,
  );
  return {
    id: holderWalletId(asset, `holder-${index}`),
    median,
    sigma: within(random, 0.4, 0.9),
    weight: within(random, 0.3, 3),
    limit: random.chance(40) ? BigInt(Math.round(median * 30)) : null,
    contacts: neighbours.filter((contact) => contact !== index),
    balance: 0n,
  };
}
