import type { Finding } from "./finding.js";
import type { Observation } from "./observation.js";
import { dayOf, isOutgoing, movesWith, type Profile, within } from "./profile.js";
import type { Thresholds } from "./thresholds.js";

/** More went out within a short while than ever within as long a while on the days before. */
export function findVelocity(
  profile: Profile,
  observation: Observation,
  { windowSeconds, countMin, usualFactor }: Thresholds["velocity"],
): Finding | null {
  if (observation.flow !== "out") return null;
  const { walletId, time } = observation;
  const moves = within(movesWith(profile.moves, observation), time, windowSeconds).filter(isOutgoing);
  const count = moves.length;
  if (count < countMin) return null;
  const usual = Math.max(0, ...earlierDays(profile, time).map((window) => window.count));
  if (count < usualFactor * usual) return null;
  return {
    transactionIds: moves.map(({ transactionId }) => transactionId),
    summary:
      `Wallet ${walletId} sent ${count} transactions within ${windowSeconds} seconds; ` +
      `the most in as long a time on earlier days was ${usual}.`,
    evidence: {
      count: `${count}`,
      usual_count: `${usual}`,
      window_seconds: `${windowSeconds}`,
    },
  };
}

function earlierDays({ busiest }: Profile, time: bigint): Profile["busiest"] {
  const today = dayOf(time);
  return busiest.filter(({ day }) => day < today);
}
