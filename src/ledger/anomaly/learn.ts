import type { Observation } from "./observation.js";
import {
  type BusiestWindow,
  dayOf,
  isOutgoing,
  type Move,
  markOf,
  movesWith,
  type Profile,
  profileLimits,
  within,
  withNewest,
} from "./profile.js";
import { largerOf } from "./statistics.js";
import type { Thresholds } from "./thresholds.js";

const secondsRemembered = Number(profileLimits.rememberedMicros / 1_000_000n);

/** The profile of a wallet once this was seen as well. */
export function learn(
  profile: Profile,
  observation: Observation,
  { velocity }: Pick<Thresholds, "velocity">,
) {
  if (observation.flow === "refused") return withRefusal(profile, observation);
  if (observation.flow === "out") return withOutgoing(profile, observation, velocity.windowSeconds);
  return withIncoming(profile, observation);
}

function withRefusal(profile: Profile, { transactionId, time }: Observation): Profile {
  const remembered = within(profile.refusals, time, secondsRemembered);
  return { ...profile, refusals: withNewest(remembered, { transactionId, time }, profileLimits.refusalsMax) };
}

function withOutgoing(profile: Profile, observation: Observation, windowSeconds: number): Profile {
  const { amount } = observation;
  const moves = rememberedMoves(profile, observation);
  return {
    ...profile,
    moves,
    amounts: withNewest(profile.amounts, amount, profileLimits.amountsMax),
    largest: largerOf(amount, profile.largest),
    busiest: busiestOf(profile.busiest, moves, observation.time, windowSeconds),
    counterparties: counterpartiesWith(profile, observation),
  };
}

function withIncoming(profile: Profile, observation: Observation): Profile {
  const known = { ...profile, counterparties: counterpartiesWith(profile, observation) };
  if (observation.type !== "TOP_UP") return known;
  // Halving both keeps their ratio and lets a habit change.
  const isFull = profile.topUps >= profileLimits.topUpsMax;
  return {
    ...known,
    moves: rememberedMoves(profile, observation),
    topUps: (isFull ? profile.topUps / 2 : profile.topUps) + 1,
    drains: isFull ? profile.drains / 2 : profile.drains,
  };
}

function rememberedMoves(profile: Profile, observation: Observation): Move[] {
  const remembered = within(profile.moves, observation.time, secondsRemembered);
  return movesWith(remembered, observation, profileLimits.movesMax);
}

function counterpartiesWith({ counterparties }: Profile, { counterpartyId }: Observation): readonly string[] {
  if (counterpartyId === null) return counterparties;
  const mark = markOf(counterpartyId);
  const others = counterparties.includes(mark)
    ? counterparties.filter((known) => known !== mark)
    : counterparties;
  return withNewest(others, mark, profileLimits.counterpartiesMax);
}

function busiestOf(
  busiest: readonly BusiestWindow[],
  moves: readonly Move[],
  time: bigint,
  windowSeconds: number,
): BusiestWindow[] {
  const day = dayOf(time);
  const count = within(moves, time, windowSeconds).filter(isOutgoing).length;
  const others = busiest.filter((window) => window.day !== day);
  const today = busiest.find((window) => window.day === day);
  return [...others, { day, count: Math.max(count, today?.count ?? 0) }].slice(-profileLimits.busiestDaysMax);
}
