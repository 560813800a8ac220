import { LRUCache } from "lru-cache";
import { v5 as uuidV5 } from "uuid";
import { balanceMin, clampToWire } from "./amount.js";

/** The wallets that every asset has from its creation, named after what they stand for. */
export const systemRoles = ["TREASURY", "REVENUE", "PROMOTIONS", "ADJUSTMENTS", "FX"] as const;
export type SystemRole = (typeof systemRoles)[number];

export type WalletStatus = "ACTIVE" | "FROZEN" | "CLOSED";
export type HolderStatus = "ACTIVE" | "SUSPENDED" | "CLOSED";
export type AssetStatus = "ACTIVE" | "FROZEN";

/** A wallet's row as it was when it was locked or read. Values are never changed in place. */
export interface Wallet {
  readonly id: string;
  readonly asset: string;
  /** The holder it belongs to, or null for a system wallet. */
  readonly holderId: string | null;
  readonly systemRole: SystemRole | null;
  /** The sum of its postings, in the asset's smallest units. */
  readonly balance: bigint;
  /** The part of the balance set aside by open holds. */
  readonly held: bigint;
  /** Rises by one with every change of the row. A wallet that does not exist has version 0. */
  readonly version: bigint;
  /** How many postings it has; the last one's number. */
  readonly postingSeq: bigint;
  /** The balance that postings may not go below, holds included. */
  readonly minBalance: bigint;
  /** How far below `minBalance` an operator has let it go. */
  readonly floorWaiver: bigint;
  /** The balance that a credit may not lift it above, or null. */
  readonly maxBalance: bigint | null;
  /** The most that one transaction takes out of it, or null; see wallet-limits.ts for what counts. */
  readonly transactionLimit: bigint | null;
  /** The most that goes out of it within any 24 hours, or null. */
  readonly dailyLimit: bigint | null;
  readonly status: WalletStatus;
  /** The holder's status, copied here under this wallet's lock so that planning needs no lock on the holder. */
  readonly holderStatus: HolderStatus;
  /** When its last posting was made, in microseconds since 1970, or null before the first. */
  readonly lastPostTime: bigint | null;
  /** The hash of its last posting; 32 zero bytes before the first. */
  readonly chainHead: Buffer;
  readonly createTime: bigint;
  readonly updateTime: bigint;
}

/** What an operator sets on a wallet, in smallest units; null is no limit. */
export type WalletLimits = Pick<Wallet, "minBalance" | "maxBalance" | "transactionLimit" | "dailyLimit">;

/** A wallet as it is answered: its chain head is for the engine alone. */
export type WalletView = Omit<Wallet, "chainHead">;

/** An asset's row. */
export interface Asset {
  readonly code: string;
  readonly name: string;
  /** How many decimal places people write it with; for display only. */
  readonly scale: number;
  readonly status: AssetStatus;
  /** The most that one transaction takes out of a holder's wallet of this asset, in smallest units, or null. */
  readonly transactionLimit: bigint | null;
  /** The most that goes out of a holder's wallet of this asset within any 24 hours, in smallest units, or null. */
  readonly dailyLimit: bigint | null;
  readonly createTime: bigint;
  readonly updateTime: bigint;
}

/** What an admin sets on an asset for every holder's wallet of it. */
export type AssetLimits = Pick<Asset, "transactionLimit" | "dailyLimit">;

/** A holder's row: a person or organisation that wallets belong to. */
export interface Holder {
  readonly id: string;
  /** As it was written; unique without regard to case. Null when there is none. */
  readonly email: string | null;
  readonly displayName: string;
  readonly status: HolderStatus;
  readonly createTime: bigint;
  readonly updateTime: bigint;
}

/** What can be said about a wallet's money at one version of it. */
export interface Balance {
  readonly walletId: string;
  readonly asset: string;
  readonly posted: bigint;
  readonly held: bigint;
  readonly available: bigint;
  readonly version: bigint;
}

/** The namespace of wallet ids. It must never change: every wallet's id is derived from it. */
const walletNamespace = "6f0d3c1e-5b0a-5d3c-9a55-1d1f6c0b7a42";

/** The limits of a wallet that was never given any. */
export const noLimits = { maxBalance: null, transactionLimit: null, dailyLimit: null } as const;

/** The chain head of a wallet without postings. */
export const emptyChainHead = Buffer.alloc(32);

/** The id of a holder's wallet for an asset. Deriving it makes "one wallet per holder and asset" a primary key. */
export function holderWalletId(asset: string, holderId: string): string {
  return derivedId(holderName(asset, holderId));
}

/** The id of one of an asset's system wallets. */
export function systemWalletId(asset: string, role: SystemRole): string {
  return derivedId(systemName(asset, role));
}

/** The id that follows from whose a wallet is. It keeps nothing: a check of all wallets would push the busy ones out. */
export function derivedWalletId({
  asset,
  holderId,
  systemRole,
}: Pick<Wallet, "asset" | "holderId" | "systemRole">): string {
  const name = holderId === null ? systemName(asset, systemRole) : holderName(asset, holderId);
  return uuidV5(name, walletNamespace);
}

/** Whether this is one of an asset's system wallets. */
export function isSystemWallet(asset: string, walletId: string): boolean {
  return systemRoles.some((role) => systemWalletId(asset, role) === walletId);
}

/** The balance that postings may not go below at this moment, any waiver included. */
export function floorOf(wallet: WalletView): bigint {
  const floor = wallet.minBalance - wallet.floorWaiver;
  if (floor < balanceMin) return balanceMin; // A waiver does not make 64 bits wider.
  return floor;
}

/** What may leave the wallet now: posted, less held, down to the floor. */
export function balanceOf(wallet: WalletView): Balance {
  return {
    walletId: wallet.id,
    asset: wallet.asset,
    posted: wallet.balance,
    held: wallet.held,
    available: clampToWire(wallet.balance - wallet.held - floorOf(wallet)),
    version: wallet.version,
  };
}

/** A wallet that is about to be opened: zero, and version 0 until its first change. */
export function unopenedWallet(id: string, asset: string, holderId: string, now: bigint): Wallet {
  return {
    id,
    asset,
    holderId,
    systemRole: null,
    balance: 0n,
    held: 0n,
    version: 0n,
    postingSeq: 0n,
    minBalance: 0n,
    floorWaiver: 0n,
    ...noLimits,
    status: "ACTIVE",
    holderStatus: "ACTIVE",
    lastPostTime: null,
    chainHead: emptyChainHead,
    createTime: now,
    updateTime: now,
  };
}

// The same few wallets are named again and again, and deriving an id costs a digest.
const derivedIds = new LRUCache<string, string>({ max: 50_000 });

function holderName(asset: string, holderId: string): string {
  return `${asset}/holder/${holderId}`;
}

function systemName(asset: string, role: SystemRole | null): string {
  return `${asset}/system/${role}`;
}

function derivedId(name: string): string {
  const known = derivedIds.get(name);
  if (known !== undefined) return known;
  const id = uuidV5(name, walletNamespace);
  derivedIds.set(name, id);
  return id;
}
