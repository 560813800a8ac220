import type { Conditions, Limits, Step, WalletRef } from "../command.js";
import { availableIn, type Ledger, type ModelWallet, unitsMax } from "../ledger.js";
import type { Random } from "../random.js";

/** No more than a request can carry. A wallet below zero has more room than that. */
export function sendable(units: bigint): bigint {
  return units < unitsMax ? units : unitsMax;
}

/** What the generators choose from: mostly what lets a command through, sometimes what does not. */
export class Choices {
  readonly random: Random;
  readonly ledger: Ledger;
  readonly history: readonly Step[];
  /** The number of the step that is chosen. */
  readonly number: number;

  constructor(random: Random, ledger: Ledger, history: readonly Step[], number: number) {
    this.random = random;
    this.ledger = ledger;
    this.history = history;
    this.number = number;
  }

  /** The assets: `c` is for huge amounts only, and there is no `x`. */
  asset(): string {
    return this.random.weighted([
      [60, "a"],
      [32, "b"],
      [7, "c"],
      [1, "x"],
    ]);
  }

  /** A holder's name: mostly one that exists. */
  holder(): string {
    const known = [...this.ledger.holders.keys()];
    return known.length === 0 || this.random.chance(2) ? "nobody" : this.random.pick(known);
  }

  /** The wallets of holders in an asset, the ones that value can move in if there are any. */
  wallets(asset: string): ModelWallet[] {
    const all = [...this.ledger.wallets.values()].filter((one) => one.asset === asset && one.holder !== null);
    const open = all.filter(
      ({ status, holder }) => status === "ACTIVE" && !this.ledger.holders.get(holder ?? "")?.suspended,
    );
    return open.length > 0 && this.random.chance(88) ? open : all;
  }

  /** A wallet that value is to come out of: mostly one that has some. */
  payer(asset: string): WalletRef {
    const wallets = this.wallets(asset);
    const rich = wallets.filter((wallet) => availableIn(this.ledger, wallet) > 0n);
    return this.#strange(asset) ?? this.#named(rich.length > 0 && this.random.chance(93) ? rich : wallets);
  }

  /** A wallet that value is to come into: one that is there, or that a holder may yet open. */
  receiver(asset: string): WalletRef {
    const wallets = this.random.chance(75) ? this.wallets(asset) : [];
    return this.#strange(asset) ?? this.#named(wallets);
  }

  /** A wallet that value is to come into from another one. */
  otherReceiver(asset: string, source: WalletRef): WalletRef {
    const payer = "holder" in source ? source.holder : source.wallet.split("/")[1];
    const ref = this.receiver(asset);
    if (("holder" in ref ? ref.holder : ref.wallet.split("/")[1]) !== payer) return ref;
    const others = [...this.ledger.holders.keys()].filter((holder) => holder !== payer);
    return others.length > 0 ? { holder: this.random.pick(others) } : ref;
  }

  /** The wallet behind a reference, if there is one. */
  behind(ref: WalletRef, asset: string): ModelWallet | undefined {
    return this.ledger.wallets.get("holder" in ref ? `${asset}/${ref.holder}` : ref.wallet);
  }

  /** How much to take out of a wallet: mostly what it has. */
  debit(asset: string, wallet: ModelWallet | undefined): bigint {
    const available = wallet === undefined ? 0n : availableIn(this.ledger, wallet);
    return this.within(asset, available);
  }

  /** From 1 to what there is, in most cases; else just above, or far above. */
  within(asset: string, most: bigint): bigint {
    const available = sendable(most);
    const small = BigInt(this.random.between(1, 60));
    if (available <= 0n) return small;
    return this.random.weighted([
      [asset === "c" ? 20 : 78, small < available ? small : available],
      [asset === "c" ? 40 : 6, available],
      [8, available / 2n + 1n],
      [5, available < unitsMax ? available + 1n : available],
      [2, available < 1_000_000n ? available * 3n : available],
    ]);
  }

  /** How much to bring into a wallet. */
  credit(asset: string, wallet: ModelWallet | undefined): bigint {
    if (asset !== "c") return BigInt(this.random.between(1, 400));
    const room = unitsMax - (wallet?.posted ?? 0n);
    return this.random.pick([unitsMax, unitsMax / 2n, room > 0n ? sendable(room) : 1n, 1n, 1_000n]);
  }

  /** A reference of the caller's: mostly none, or a new one, sometimes one that may be taken. */
  reference(): string {
    return this.random.weighted([
      [75, ""],
      [20, `r${this.number}`],
      [5, `r${this.random.between(1, this.number)}`],
    ]);
  }

  /** The version to expect of a wallet: mostly none, else mostly the one it has. */
  version(wallet: ModelWallet | undefined): bigint | null {
    if (wallet === undefined || wallet.expiries > 0 || !this.random.chance(14)) return null;
    return this.random.chance(75) ? wallet.version : wallet.version + BigInt(this.random.pick([-1, 1, 7]));
  }

  conditions(wallet: ModelWallet | undefined): Conditions {
    return {
      reference: this.reference(),
      expectedVersion: this.version(wallet),
      validateOnly: this.random.chance(5),
    };
  }

  /** Limits on going out, loose enough to leave a wallet some use. */
  limits(used: bigint): Pick<Limits, "perTransaction" | "daily"> {
    const { random } = this;
    return {
      perTransaction: random.chance(60) ? null : BigInt(random.between(5, 150)),
      daily: random.chance(60) ? null : sendable(used + BigInt(random.between(0, 200))),
    };
  }

  /** Something by its name: mostly of the first choice, else of the others, else what does not exist. */
  oneOf(first: readonly string[], others: readonly string[]): string {
    if (this.random.chance(2)) return "nowhere";
    const from = first.length > 0 && this.random.chance(88) ? first : others;
    return from.length > 0 ? this.random.pick(from) : "nowhere";
  }

  #named(wallets: readonly ModelWallet[]): WalletRef {
    if (wallets.length === 0) return { holder: this.holder() };
    const wallet = this.random.pick(wallets);
    return this.random.chance(70) ? { holder: wallet.holder ?? "" } : { wallet: wallet.name };
  }

  /** Now and then, the wallet of nobody, of another asset, or none at all. */
  #strange(asset: string): WalletRef | undefined {
    if (!this.random.chance(4)) return undefined;
    const others = [...this.ledger.wallets.values()].filter(
      (one) => one.asset !== asset && one.holder !== null,
    );
    const strange: WalletRef[] = [{ holder: "nobody" }, { wallet: "nowhere" }, { holder: this.holder() }];
    return this.random.pick([...strange, ...others.slice(0, 2).map(({ name }) => ({ wallet: name }))]);
  }
}
