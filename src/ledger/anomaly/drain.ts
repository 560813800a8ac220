import type { TransactionType } from "../transaction.js";
import type { Finding } from "./finding.js";
import type { Observation } from "./observation.js";
import { isTopUp, type Move, movesWith, type Profile, within } from "./profile.js";
import { isShare, largerOf } from "./statistics.js";
import type { Thresholds } from "./thresholds.js";

/**
 * How value leaves a wallet to be used elsewhere. What is spent at the service itself is what top-ups are for, and a
 * payout batch is funded to be paid out.
 */
const draining: ReadonlySet<TransactionType> = new Set(["TRANSFER", "WITHDRAWAL", "COMPOUND"]);

/** Top-ups that left the wallet again. */
export interface Drain {
  /** The top-ups and what left after the first of them, oldest first. */
  readonly moves: readonly Move[];
  readonly firstTopUpId: string;
  readonly toppedUp: bigint;
  readonly left: bigint;
}

/** The top-ups of the window and what left since, when that was nearly all that the wallet had; otherwise null. */
export function drainOf(
  profile: Profile,
  observation: Observation,
  { windowSeconds, shareMin, topUpShareMin }: Thresholds["drain_after_top_up"],
): Drain | null {
  if (observation.flow !== "out" || !draining.has(observation.type)) return null;
  // Most wallets have none, and then there is nothing to add up.
  if (!profile.moves.some(isTopUp)) return null;
  const recent = within(movesWith(profile.moves, observation), observation.time, windowSeconds);
  const first = recent.findIndex(isTopUp);
  const moves = recent.slice(first).filter((move) => isTopUp(move) || draining.has(move.type));
  const topUps = moves.filter(isTopUp);
  const [firstTopUp] = topUps;
  if (firstTopUp === undefined) return null;
  const toppedUp = sumOf(topUps);
  const left = sumOf(moves) - toppedUp;
  const highest = topUps.reduce((most, { balanceAfter }) => largerOf(most, balanceAfter), 0n);
  const isGone = isShare(highest - observation.balanceAfter, highest, shareMin);
  if (!isGone || !isShare(toppedUp, highest, topUpShareMin)) return null;
  if (!isShare(left, toppedUp, shareMin)) return null;
  return { moves, firstTopUpId: firstTopUp.transactionId, toppedUp, left };
}

/** The wallet was topped up and emptied at once, which is not what it usually does. */
export function findDrain(
  profile: Profile,
  observation: Observation,
  thresholds: Thresholds["drain_after_top_up"],
): Finding | null {
  const drain = drainOf(profile, observation, thresholds);
  if (drain === null || isUsual(profile, thresholds)) return null;
  const { walletId, asset, balanceAfter } = observation;
  const seconds = (observation.time - (drain.moves[0]?.time ?? observation.time)) / 1_000_000n;
  return {
    transactionIds: drain.moves.map(({ transactionId }) => transactionId),
    summary:
      `Wallet ${walletId} was topped up with ${drain.toppedUp} ${asset}, and ${drain.left} left it ` +
      `within ${seconds} seconds; ${balanceAfter} remain.`,
    evidence: {
      topped_up_units: `${drain.toppedUp}`,
      left_units: `${drain.left}`,
      balance_units: `${balanceAfter}`,
      seconds: `${seconds}`,
    },
  };
}

/** The profile once a drain was counted, each top-up's once. */
export function countDrain(profile: Profile, { firstTopUpId }: Drain): Profile {
  if (profile.drainedTopUpId === firstTopUpId) return profile;
  return { ...profile, drains: profile.drains + 1, drainedTopUpId: firstTopUpId };
}

function isUsual(
  { topUps, drains }: Profile,
  { usualShareMin, usualCountMin }: Thresholds["drain_after_top_up"],
): boolean {
  return drains >= usualCountMin && drains >= usualShareMin * topUps;
}

function sumOf(moves: readonly Move[]): bigint {
  return moves.reduce((sum, { amount }) => sum + amount, 0n);
}
