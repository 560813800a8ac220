import type { JobOrder } from "./job.js";
import type { Original } from "./original.js";
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
  /** The address that the request came from, without its port. Empty when the service itself acts. */
  readonly remoteAddress: string;
  /** The W3C trace context of the call. Empty when there is none. */
  readonly traceparent: string;
  /** Whether the caller is the holder itself; otherwise the wallet's holder is recorded beside the caller. */
  readonly forItself: boolean;
  /** The batch that it was asked for in, or null. */
  readonly batchId: string | null;
  /** Set when its key was claimed before, as it was accepted into the queue; null for what claims its key now. */
  readonly queued: Queued | null;
}

/** What is known of an accepted operation when it is applied. */
export interface Queued {
  /** The operations, by id, that share a wallet with it and must be complete before it. */
  readonly after: readonly string[];
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
  /** The job that a spend pays for, or null. */
  readonly job: JobOrder | null;
}

/** What a refund and a reversal say of the transaction that they answer. */
interface Correction extends MovementTerms {
  /** Its id, as the caller gave it. */
  readonly originalId: string;
  /** The transaction, which never changes; null when there is none. */
  readonly original: Original | null;
}

/** A request to give back part or all of an earlier transaction. */
export interface RefundMovement extends Correction {
  readonly kind: "refund";
  /** At least 1 unit; null for all that is still refundable. */
  readonly amount: { readonly asset: string; readonly units: bigint } | null;
  /** The version the wallet that gives back must have, if the caller asked for that. */
  readonly expectedVersion: bigint | null;
}

/** A request to undo an earlier transaction whole. */
export interface ReversalMovement extends Correction {
  readonly kind: "reversal";
  /** Whether it may take wallets below their floor. */
  readonly allowBelowFloor: boolean;
}

/** A request to end a job as not done, and to give back what is not yet refunded of the spend that paid for it. */
export interface JobFailure extends MovementTerms {
  readonly kind: "job_failure";
  /** The job's id, as the caller gave it. */
  readonly jobId: string;
  /** The spend, which never changes; null when there is no such job. */
  readonly original: Original | null;
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

/** A request to set an amount of a wallet aside. */
export interface AuthorizeMovement extends MovementTerms {
  readonly kind: "authorize";
  readonly asset: string;
  /** Positive, in the asset's smallest units. */
  readonly amount: bigint;
  readonly wallet: WalletAddress;
  /** How long the hold lasts, in microseconds. */
  readonly ttl: bigint;
  /** The version the wallet must have, if the caller asked for that. */
  readonly expectedVersion: bigint | null;
}

/** What every request says about a hold that was authorized before. */
interface HoldMovement extends MovementTerms {
  /** The id of the hold, as the caller gave it. */
  readonly holdId: string;
  /** Where it holds, which never changes; null when there is no such hold. */
  readonly hold: { readonly walletId: string; readonly asset: string } | null;
}

/** Where part of a capture goes. */
export interface Split {
  readonly wallet: WalletAddress;
  /** Positive; null, in one split at most, for what the others leave. */
  readonly amount: bigint | null;
}

/** A request to take part or all of what a hold holds. */
export interface CaptureMovement extends HoldMovement {
  readonly kind: "capture";
  /** Positive; null for all that the hold still holds. When each split names its amount, their sum. */
  readonly amount: bigint | null;
  /** The codes of the assets that the request names its amounts in: each must be that of the hold. */
  readonly assets: readonly string[];
  /** Whether to release what is left and resolve the hold. */
  readonly final: boolean;
  /** At least one, all of different wallets and none of them the hold's own. Empty when there is no such hold. */
  readonly splits: readonly Split[];
  /** The version the wallet of the hold must have, if the caller asked for that. */
  readonly expectedVersion: bigint | null;
}

/** A request to end a hold and give back what was not captured. Its description says why. */
export interface VoidMovement extends HoldMovement {
  readonly kind: "void";
}

/** A request to let a hold last longer. */
export interface ExtendMovement extends HoldMovement {
  readonly kind: "extend";
  /** How long it lasts from now on, in microseconds. */
  readonly ttl: bigint;
}

/**
 * The sweeper's request to release holds whose time has run out. The batch does that for the wallets it has locked
 * before it plans anything, so there is nothing left to plan: it only validates, which claims no key.
 */
export interface ExpiryMovement extends MovementTerms {
  readonly kind: "expiry";
  readonly holds: readonly { readonly id: string; readonly walletId: string }[];
}

/** A request to make a movement later: it puts it into the queue, and moves nothing. */
export interface EnqueueMovement extends MovementTerms {
  readonly kind: "enqueue";
  readonly later: Movement;
  /** The wallets of holders that the movement touches. */
  readonly walletIds: readonly string[];
}

/** Everything that the posting engine can be asked for. */
export type Movement =
  | EnqueueMovement
  | SimpleMovement
  | CompoundMovement
  | RefundMovement
  | ReversalMovement
  | JobFailure
  | AuthorizeMovement
  | CaptureMovement
  | VoidMovement
  | ExtendMovement
  | ExpiryMovement;

export function addressOfHolder(asset: string, holderId: string): WalletAddress {
  return { walletId: holderWalletId(asset, holderId), holderId };
}

export function addressOfSystem(asset: string, role: SystemRole): WalletAddress {
  return { walletId: systemWalletId(asset, role), holderId: null };
}

export function addressOfWallet(walletId: string): WalletAddress {
  return { walletId, holderId: null };
}
