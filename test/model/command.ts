/**
 * The commands of a history, as plain data. Everything is named by short names of the sequence: assets `a`, `b`, `c`
 * and `x` (which does not exist), holders `h1`, `h2`, wallets `a/h1` and `a/TREASURY`, and what a step made by the
 * number of that step: transaction `t12` (`t12.3` for the third movement of a batch), hold `o12`, job `j12`.
 */
export type Command = { readonly [Kind in CommandKind]: { readonly kind: Kind } & Fields[Kind] }[CommandKind];

export type CommandKind = keyof Fields;

/** The commands that `ExecuteBatch`, `ExecuteStream` and `EnqueueTransaction` take. */
export type BatchableKind =
  | "topUp"
  | "withdraw"
  | "spend"
  | "grantBonus"
  | "transfer"
  | "refundTransaction"
  | "postTransaction";
export type Batchable = Extract<Command, { kind: BatchableKind }>;

/** A wallet as a request names it: by its holder, or by its id. `nowhere` is the id of no wallet. */
export type WalletRef = { readonly holder: string } | { readonly wallet: string };
export type SystemTarget = { readonly role: "REVENUE" | "PROMOTIONS" };
export type Target = WalletRef | SystemTarget;

export interface Amount {
  readonly asset: string;
  readonly units: bigint;
}

/** What most movements may ask for besides. An empty reference is none, and a null version is any. */
export interface Conditions {
  readonly reference: string;
  readonly expectedVersion: bigint | null;
  readonly validateOnly: boolean;
}

type OnWallet = Amount & Conditions & { readonly wallet: WalletRef };
type NamedWallet = { readonly wallet: WalletRef; readonly asset: string };

export interface Leg extends Amount {
  readonly target: Target;
  readonly expectedVersion: bigint | null;
}

export interface Split {
  readonly target: Target;
  /** Null: what the others leave. */
  readonly units: bigint | null;
}

export interface Limits {
  readonly min: bigint;
  readonly max: bigint | null;
  readonly perTransaction: bigint | null;
  readonly daily: bigint | null;
}

export interface BatchItem {
  readonly key: string;
  readonly movement: Batchable;
}

interface Fields {
  createHolder: { readonly holder: string; readonly email: string };
  createWallet: { readonly holder: string; readonly asset: string };
  suspendHolder: { readonly holder: string };
  reactivateHolder: { readonly holder: string };
  freezeAsset: { readonly asset: string };
  unfreezeAsset: { readonly asset: string };
  freezeWallet: NamedWallet;
  unfreezeWallet: NamedWallet;
  closeWallet: NamedWallet & { readonly expectedVersion: bigint | null };
  setWalletLimits: NamedWallet & Limits & { readonly expectedVersion: bigint | null };
  setAssetLimits: { readonly asset: string } & Pick<Limits, "perTransaction" | "daily">;
  topUp: OnWallet;
  withdraw: OnWallet;
  grantBonus: OnWallet;
  adjustBalance: OnWallet;
  spend: OnWallet & { readonly withJob: boolean };
  transfer: Amount & Conditions & { readonly source: WalletRef; readonly destination: WalletRef };
  refundTransaction: Conditions & { readonly transaction: string; readonly amount: Amount | null };
  reverseTransaction: Omit<Conditions, "expectedVersion"> & {
    readonly transaction: string;
    readonly allowBelowFloor: boolean;
  };
  postTransaction: Omit<Conditions, "expectedVersion"> & {
    readonly legs: readonly Leg[];
    readonly exchanges: readonly { readonly sold: Amount; readonly bought: Amount }[];
  };
  executeBatch: {
    readonly items: readonly BatchItem[];
    readonly mode: "INDEPENDENT" | "ATOMIC";
    readonly full: boolean;
    readonly validateOnly: boolean;
  };
  /** It has no key of its own. */
  executeStream: { readonly items: readonly BatchItem[] };
  /** The step is over when the movement was applied, or refused. */
  enqueueTransaction: { readonly movement: Batchable };
  authorizeHold: OnWallet & { readonly ttlSeconds: number | null };
  captureHold: Conditions & {
    readonly hold: string;
    /** The asset that its amounts are in. */
    readonly asset: string;
    readonly units: bigint | null;
    readonly final: boolean;
    readonly splits: readonly Split[];
  };
  voidHold: { readonly hold: string };
  extendHold: { readonly hold: string; readonly ttlSeconds: number };
  /** No RPC: the hold's time runs out. */
  expireHold: { readonly hold: string };
  startJob: { readonly job: string };
  completeJob: { readonly job: string };
  failJob: { readonly job: string };
}

/** One command of a history and the idempotency key that it is sent under. */
export interface Step {
  /** From 1. What the step makes is named after it. */
  readonly number: number;
  readonly key: string;
  readonly command: Command;
}
