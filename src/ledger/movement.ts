import type { Exchange, TransactionType } from "./transaction.js";
import { holderWalletId, type SystemRole, systemWalletId } from "./wallet.js";

/** The types of the simple movements. */
export type SimpleType = Extract<
  TransactionType,
  "TOP_UP" | "WITHDRAWAL" | "SPEND" | "BONUS" | "TRANSFER" | "ADJUSTMENT"
>;

/** How a movement names a wallet: by its holder, by its system role, or by its id alone. */
export interface WalletAddress {
  readonly walletId: string;
  /** Set when it was named by its holder; only then can a first credit open it. */
  readonly holderId: string | null;
}

/** Who asks for something, under which idempotency key. */
export interface Claim {
  /** Issuer, role and subject of the caller: the scope of the key. */
  readonly caller: string;
  readonly key: string;
  /** The full name of the RPC. */
  readonly method: string;
  /** sha256 of everything that makes two requests the same; see fingerprint.ts. */
  readonly fingerprint: Buffer;
  /** The id of what comes of it, made before it is tried. */
  readonly operationId: string;
  readonly requestId: string;
  /** The W3C trace context of the call. Empty when there is none. */
  readonly traceparent: string;
  /** Whether the caller is the holder itself; otherwise the wallet's holder is recorded beside the caller. */
  readonly forItself: boolean;
  /** The batch that it was asked for in, or null. */
  readonly batchId: string | null;
}

/** What every movement has, whatever it does. */
export interface MovementTerms {
  /** The caller's own permanent name for it. Empty when there is none. */
  readonly externalReference: string;
  readonly description: string;
  /** Sorted by key. */
  readonly metadata: readonly (readonly [string, string])[];
  /** Whether to answer what would happen and do nothing. */
  readonly validateOnly: boolean;
}

/** A request to move one amount from one wallet to another of the same asset. */
export interface SimpleMovement extends MovementTerms {
  readonly kind: "simple";
  readonly type: SimpleType;
  readonly asset: string;
  /** Positive, in the asset's smallest units. */
  readonly amount: bigint;
  readonly source: WalletAddress;
  readonly destination: WalletAddress;
  /** The side the caller speaks for: its problems are named, the other side's only hinted at. */
  readonly subject: "source" | "destination";
  /** The version the subject's wallet must have, if the caller asked for that. */
  readonly expectedVersion: bigint | null;
}

/** One change of one wallet within a compound movement. */
export interface Leg {
  readonly address: WalletAddress;
  readonly asset: string;
  /** Positive into the wallet, negative out of it, never 0; in the asset's smallest units. */
  readonly amount: bigint;
  /** The version the wallet must have before the movement, if the caller asked for that. */
  readonly expectedVersion: bigint | null;
}

/** A request to change many wallets at once, of any assets, all or nothing. */
export interface CompoundMovement extends MovementTerms {
  readonly kind: "compound";
  /** At most one for each wallet. With what the exchanges add they sum to zero for each asset. */
  readonly legs: readonly Leg[];
  readonly exchanges: readonly Exchange[];
}

/** Everything that the posting engine can be asked for. */
export type Movement = SimpleMovement | CompoundMovement;

export function addressOfHolder(asset: string, holderId: string): WalletAddress {
  return { walletId: holderWalletId(asset, holderId), holderId };
}

export function addressOfSystem(asset: string, role: SystemRole): WalletAddress {
  return { walletId: systemWalletId(asset, role), holderId: null };
}

export function addressOfWallet(walletId: string): WalletAddress {
  return { walletId, holderId: null };
}
