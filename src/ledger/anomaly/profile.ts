import type { TransactionType } from "../transaction.js";
import type { AnomalyRuleName } from "./finding.js";
import type { Observation } from "./observation.js";

/** The bounds of a profile, which keep it at a few kilobytes however busy its wallet is. */
export const profileLimits = Object.freeze({
  amountsMax: 48,
  movesMax: 64,
  refusalsMax: 64,
  counterpartiesMax: 64,
  busiestDaysMax: 7,
  topUpsMax: 40,
  /** How long single moves and refusals are remembered, in microseconds. */
  rememberedMicros: 86_400_000_000n,
});

/** A top-up, or something that went out; the outgoing transactions of one batch that follow each other are one move. */
export interface Move {
  readonly transactionId: string;
  readonly batchId: string | null;
  readonly type: TransactionType;
  readonly amount: bigint;
  readonly balanceAfter: bigint;
  readonly time: bigint;
}

/** A refused transaction. */
export interface Refusal {
  readonly transactionId: string;
  readonly time: bigint;
}

/** The most outgoing moves that one window of a day had. Days are counted from 1970, in UTC. */
export interface BusiestWindow {
  readonly day: number;
  readonly count: number;
}

/** What is remembered of how a wallet behaves. Lists are oldest first. Values are never changed in place. */
export interface Profile {
  /** What went out last, transaction by transaction, in smallest units. */
  readonly amounts: readonly bigint[];
  /** The most that ever went out in one transaction. */
  readonly largest: bigint;
  readonly moves: readonly Move[];
  readonly refusals: readonly Refusal[];
  readonly busiest: readonly BusiestWindow[];
  /** Marks of the wallets that it exchanged value with last. */
  readonly counterparties: readonly string[];
  /** How many top-ups there were, and how many of them were drained; both halved now and then. */
  readonly topUps: number;
  readonly drains: number;
  /** The top-up that was counted as drained last. */
  readonly drainedTopUpId: string;
  /** Until when each rule is silent, in microseconds since 1970. */
  readonly quietUntil: Readonly<Partial<Record<AnomalyRuleName, bigint>>>;
}

/** The profile of a wallet that nothing is known of. */
export const emptyProfile: Profile = Object.freeze({
  amounts: [],
  largest: 0n,
  moves: [],
  refusals: [],
  busiest: [],
  counterparties: [],
  topUps: 0,
  drains: 0,
  drainedTopUpId: "",
  quietUntil: {},
});

const dayMicros = 86_400_000_000n;

/** What is remembered of a counterparty: the first twelve digits of its id, a digest, tell it from a few dozen others. */
export function markOf(walletId: string): string {
  return walletId.slice(0, 8) + walletId.slice(9, 13);
}

/** The day of a time, counted from 1970. */
export function dayOf(time: bigint): number {
  return Number(time / dayMicros);
}

export function isTopUp({ type }: Pick<Move, "type">): boolean {
  return type === "TOP_UP";
}

/** Whether a move took value out of the wallet. */
export function isOutgoing(move: Pick<Move, "type">): boolean {
  return !isTopUp(move);
}

/** Those of these that lie within a window that ends now. They mostly are all of them, and then they are not copied. */
export function within<Timed extends { readonly time: bigint }>(
  timed: readonly Timed[],
  now: bigint,
  windowSeconds: number,
): readonly Timed[] {
  const from = now - BigInt(windowSeconds) * 1_000_000n;
  const isInside = ({ time }: Timed) => time > from;
  return timed.every(isInside) ? timed : timed.filter(isInside);
}

/** The newest of these and one more, as many as there may be. It copies once: this runs for each side of a transaction. */
export function withNewest<Item>(items: readonly Item[], item: Item, max: number): Item[] {
  const kept = items.slice(Math.max(0, items.length + 1 - max));
  kept.push(item);
  return kept;
}

/** The moves once this one was made too: outgoing ones of the same batch become one. */
export function movesWith(moves: readonly Move[], observation: Observation, max = moves.length + 1): Move[] {
  const { transactionId, batchId, type, amount, balanceAfter, time } = observation;
  const move = { transactionId, batchId, type, amount, balanceAfter, time };
  const last = moves.at(-1);
  if (batchId === null || last === undefined || last.batchId !== batchId || last.type !== type)
    return withNewest(moves, move, max);
  return moves.with(-1, { ...last, amount: last.amount + amount, balanceAfter, time });
}
