import type { Target } from "./command.js";
import { availableIn, heldIn, type Ledger, type ModelWallet, Refused, unitsMax } from "./ledger.js";

/** The wallet that a reference names within an asset. */
export function nameOf(target: Target, asset: string): string {
  if ("role" in target) return `${asset}/${target.role}`;
  return "holder" in target ? `${asset}/${target.holder}` : target.wallet;
}

/** ASSET_NOT_FOUND unless there is such an asset. */
export function needAsset(ledger: Ledger, asset: string): void {
  if (!ledger.assets.has(asset)) throw new Refused("ASSET_NOT_FOUND");
}

/** A wallet that does not exist yet and is opened by the movement that credits it. */
export function unopened(asset: string, holder: string): ModelWallet {
  return {
    name: `${asset}/${holder}`,
    asset,
    holder,
    floor: 0n,
    bottomless: false,
    limits: { max: null, perTransaction: null, daily: null },
    status: "ACTIVE",
    posted: 0n,
    version: 0n,
    wentOut: 0n,
    expiries: 0,
    postings: [],
  };
}

/**
 * The wallet that a reference names, or why there is none: HOLDER_NOT_FOUND, WALLET_NOT_FOUND, ASSET_MISMATCH.
 *
 * @param opens whether a holder's wallet that does not exist yet will do, as an empty one: in every movement.
 */
export function needWallet(ledger: Ledger, ref: Target, asset: string, opens: boolean): ModelWallet {
  if ("holder" in ref && !ledger.holders.has(ref.holder)) throw new Refused("HOLDER_NOT_FOUND");
  const wallet = ledger.wallets.get(nameOf(ref, asset));
  if (wallet === undefined) {
    if (!opens || !("holder" in ref)) throw new Refused("WALLET_NOT_FOUND");
    return unopened(asset, ref.holder);
  }
  if (wallet.asset !== asset) throw new Refused("ASSET_MISMATCH");
  return wallet;
}

/** The wallets that several references name, or the first of the reasons of `needWallet` that any of them has. */
export function needWallets(
  ledger: Ledger,
  wanted: readonly { readonly target: Target; readonly asset: string }[],
): ModelWallet[] {
  const reasons: string[] = [];
  const wallets = wanted.flatMap(({ target, asset }) => {
    try {
      return [needWallet(ledger, target, asset, true)];
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      reasons.push(error.reason);
      return [];
    }
  });
  const first = ["HOLDER_NOT_FOUND", "WALLET_NOT_FOUND", "ASSET_MISMATCH"].find((one) =>
    reasons.includes(one),
  );
  if (first !== undefined) throw new Refused(first);
  return wallets;
}

/** ASSET_FROZEN, HOLDER_SUSPENDED, WALLET_FROZEN and WALLET_CLOSED: the first that holds for any of the wallets. */
export function needMoving(ledger: Ledger, wallets: readonly ModelWallet[]): void {
  if (wallets.some(({ asset }) => ledger.assets.get(asset)?.frozen)) throw new Refused("ASSET_FROZEN");
  if (wallets.some((wallet) => isSuspended(ledger, wallet))) throw new Refused("HOLDER_SUSPENDED");
  if (wallets.some(({ status }) => status === "FROZEN")) throw new Refused("WALLET_FROZEN");
  if (wallets.some(({ status }) => status === "CLOSED")) throw new Refused("WALLET_CLOSED");
}

/** DESTINATION_UNAVAILABLE unless the wallet can receive this much. */
export function needReceiving(ledger: Ledger, wallet: ModelWallet, units: bigint): void {
  const willing = wallet.status === "ACTIVE" && !isSuspended(ledger, wallet);
  const fits = wallet.posted + units <= (wallet.limits.max ?? unitsMax);
  if (!willing || !fits) throw new Refused("DESTINATION_UNAVAILABLE");
}

/** EXTERNAL_REFERENCE_USED when a transaction or hold of this kind has taken it in one of the assets. */
export function needFreeReference(
  ledger: Ledger,
  type: string,
  assets: readonly string[],
  reference: string,
) {
  if (assets.some((asset) => ledger.references.has(referenceKey(type, asset, reference))))
    throw new Refused("EXTERNAL_REFERENCE_USED");
}

export function takeReference(
  ledger: Ledger,
  type: string,
  assets: readonly string[],
  reference: string,
  user: string,
) {
  if (reference === "") return;
  for (const asset of assets) ledger.references.set(referenceKey(type, asset, reference), user);
}

/** VERSION_MISMATCH unless the wallet has the version; null is any. */
export function needVersion(wallet: ModelWallet, expected: bigint | null): void {
  if (expected === null || wallet.version === expected) return;
  const figures = { expected_version: `${expected}`, current_version: `${wallet.version}` };
  throw new Refused("VERSION_MISMATCH", wallet.expiries === 0 ? figures : {});
}

/** One limit that stands in the way, with how much it would let through. */
export interface Exceeded {
  readonly limit: string;
  readonly units: bigint;
  readonly requested: bigint;
  readonly headroom: bigint;
}

/** The limits of the wallet and of its asset that a debit would break. System wallets have none. */
export function debitLimits(ledger: Ledger, wallet: ModelWallet, units: bigint): Exceeded[] {
  if (wallet.holder === null) return [];
  const asset = ledger.assets.get(wallet.asset);
  const used = wallet.wentOut + heldIn(ledger, wallet);
  const limits: [string, bigint | null | undefined, bigint][] = [
    ["transaction", wallet.limits.perTransaction, 0n],
    ["asset_transaction", asset?.perTransaction, 0n],
    ["daily", wallet.limits.daily, used],
    ["asset_daily", asset?.daily, used],
  ];
  return limits.flatMap(([limit, most, gone]) => {
    if (most === null || most === undefined || gone + units <= most) return [];
    const headroom = most > gone ? most - gone : 0n;
    return [{ limit, units: most, requested: units, headroom }];
  });
}

/** The ceiling of the wallet, where a credit would lift it above. */
export function ceiling(wallet: ModelWallet, units: bigint): Exceeded[] {
  const { max } = wallet.limits;
  if (max === null || wallet.posted + units <= max) return [];
  const headroom = max > wallet.posted ? max - wallet.posted : 0n;
  return [{ limit: "max_balance", units: max, requested: units, headroom }];
}

/** LIMIT_EXCEEDED for any of these; with figures where only one can be meant. */
export function needWithin(exceeded: readonly Exceeded[]): void {
  const [first] = exceeded;
  if (first === undefined) return;
  const figures = {
    limit: first.limit,
    limit_units: `${first.units}`,
    requested_units: `${first.requested}`,
    headroom_units: `${first.headroom}`,
  };
  throw new Refused("LIMIT_EXCEEDED", exceeded.length === 1 ? figures : {});
}

/** INSUFFICIENT_FUNDS for a wallet that has less available; TREASURY always has enough. */
export function needFunds(ledger: Ledger, debits: readonly (readonly [ModelWallet, bigint])[]): void {
  const short = debits.filter(([wallet, units]) => !wallet.bottomless && availableIn(ledger, wallet) < units);
  const [first] = short;
  if (first === undefined) return;
  const available = availableIn(ledger, first[0]);
  const figures = {
    available_units: `${available}`,
    requested_units: `${first[1]}`,
    shortfall_units: `${first[1] - available}`,
  };
  throw new Refused("INSUFFICIENT_FUNDS", short.length === 1 ? figures : {});
}

function isSuspended(ledger: Ledger, { holder }: ModelWallet): boolean {
  return holder !== null && ledger.holders.get(holder)?.suspended === true;
}

const referenceKey = (type: string, asset: string, reference: string) => `${type} ${asset} ${reference}`;
