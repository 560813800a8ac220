import type { Limits } from "./command.js";

/** The ledger as the model keeps it: plain maps, every name short, see `command.ts`. */
export interface Ledger {
  readonly assets: Map<string, ModelAsset>;
  readonly holders: Map<string, ModelHolder>;
  readonly wallets: Map<string, ModelWallet>;
  readonly transactions: Map<string, ModelTransaction>;
  readonly holds: Map<string, ModelHold>;
  readonly jobs: Map<string, ModelJob>;
  /** By type, asset and reference. */
  readonly references: Map<string, string>;
  readonly keys: Map<string, KeptOutcome>;
}

export interface ModelAsset {
  frozen: boolean;
  perTransaction: bigint | null;
  daily: bigint | null;
}

export interface ModelHolder {
  readonly email: string;
  suspended: boolean;
}

export interface ModelWallet {
  readonly name: string;
  readonly asset: string;
  /** Null: a system wallet. */
  readonly holder: string | null;
  floor: bigint;
  /** Whether it is TREASURY: what it has left above its floor, the lowest balance there is, stops nothing. */
  readonly bottomless: boolean;
  limits: Omit<Limits, "min">;
  status: "ACTIVE" | "FROZEN" | "CLOSED";
  posted: bigint;
  version: bigint;
  /** What counted against the daily limit so far; a run is shorter than a day. */
  wentOut: bigint;
  /** Holds that have expired since the version was last seen: it may have risen for each of them, or not yet. */
  expiries: number;
  readonly postings: { readonly transaction: string; readonly amount: bigint; readonly after: bigint }[];
}

export type TransactionType =
  | "TOP_UP"
  | "WITHDRAWAL"
  | "SPEND"
  | "BONUS"
  | "TRANSFER"
  | "REFUND"
  | "REVERSAL"
  | "ADJUSTMENT"
  | "CAPTURE"
  | "COMPOUND";

/** What a transaction says of itself. Null means that the contract leaves it open, so that it is not compared. */
export interface ModelTransaction {
  readonly id: string;
  readonly type: TransactionType;
  readonly state: "POSTED" | "REFUSED";
  readonly reason: string;
  /** Null also for a COMPOUND, which names no amount. */
  readonly amount: bigint | null;
  readonly asset: string;
  readonly source: string | null;
  readonly destination: string | null;
  /** By the wallet's name. */
  readonly postings: Readonly<Record<string, bigint>>;
  readonly reference: string;
  readonly original: string;
  readonly hold: string;
  readonly job: string | null;
  refunded: bigint;
  reversedBy: string;
}

/** What became of a movement that was queued. */
export interface ModelOperation {
  readonly state: "SUCCEEDED" | "REFUSED";
  readonly reason: string;
  readonly figures: Figures;
  readonly transaction: ModelTransaction;
}

export interface ModelHold {
  readonly id: string;
  readonly wallet: string;
  readonly amount: bigint;
  readonly reference: string;
  captured: bigint;
  state: "ACTIVE" | "CAPTURED" | "VOIDED" | "EXPIRED";
}

export interface ModelJob {
  readonly id: string;
  readonly wallet: string;
  readonly spend: string;
  state: "PENDING" | "RUNNING" | "COMPLETED" | "FAILED";
  refund: string;
}

/** What an idempotency key answers for good. */
export interface KeptOutcome {
  readonly request: string;
  readonly outcome: Outcome;
  /** What the outcome was first given to: the name of its step. */
  readonly first: string;
  /** The transaction that a refused movement is kept as. Empty: none. */
  readonly transaction: string;
}

/** How a command ends. The facts are what the answer says, in the model's names. */
export type Outcome =
  | { readonly kind: "done"; readonly facts: Facts; readonly replayOf?: string }
  | {
      readonly kind: "refused";
      readonly reason: string;
      readonly figures: Figures;
      readonly replayOf?: string;
    };
export type Facts = Readonly<Record<string, unknown>>;
/** Some of the error's metadata: those that the contract fixes. */
export type Figures = Readonly<Record<string, string>>;

/** A refusal on its way to the answer. */
export class Refused extends Error {
  readonly reason: string;
  readonly figures: Figures;

  constructor(reason: string, figures: Figures = {}) {
    super(reason);
    this.reason = reason;
    this.figures = figures;
  }
}

/** A hold's amount that is still set aside. */
export function heldBy(hold: ModelHold): bigint {
  return hold.state === "ACTIVE" ? hold.amount - hold.captured : 0n;
}

/** What is set aside in a wallet. */
export function heldIn(ledger: Ledger, wallet: ModelWallet): bigint {
  let held = 0n;
  for (const hold of ledger.holds.values()) if (hold.wallet === wallet.name) held += heldBy(hold);
  return held;
}

/** The largest amount and balance, in units; the lowest balance is its negative. */
export const unitsMax = 9_223_372_036_854_775_807n;

/**
 * What may go out of a wallet now. A wallet that a reversal took below its floor has nothing available, and credits
 * first fill it up to its floor.
 */
export function availableIn(ledger: Ledger, wallet: ModelWallet): bigint {
  const above = wallet.posted - heldIn(ledger, wallet) - wallet.floor;
  if (above < 0n) return 0n;
  return above > unitsMax ? unitsMax : above;
}

/** The four figures of a wallet, as every answer that has a balance gives them. */
export function balanceOf(ledger: Ledger, wallet: ModelWallet) {
  return {
    posted: wallet.posted,
    held: heldIn(ledger, wallet),
    available: availableIn(ledger, wallet),
    version: wallet.version,
  };
}
