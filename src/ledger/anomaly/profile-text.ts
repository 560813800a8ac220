import type { Move, Profile, Refusal } from "./profile.js";

/** A profile as it is kept: JSON without integers beyond 2^53, and with as few words as it takes. */
export interface ProfileJson {
  readonly amounts: readonly string[];
  readonly largest: string;
  readonly moves: readonly MoveJson[];
  readonly refusals: readonly (readonly [transactionId: string, time: string])[];
  readonly busiest: readonly (readonly [day: number, count: number])[];
  readonly counterparties: readonly string[];
  readonly topUps: readonly [count: number, drained: number, lastDrainedId: string];
  readonly quietUntil: Readonly<Record<string, string>>;
}

type MoveJson = readonly [
  transactionId: string,
  batchId: string | null,
  type: Move["type"],
  amount: string,
  balanceAfter: string,
  time: string,
];

/** The profile as it is kept. */
export function toProfileJson(profile: Profile): ProfileJson {
  return {
    amounts: profile.amounts.map(String),
    largest: `${profile.largest}`,
    moves: profile.moves.map(toMoveJson),
    refusals: profile.refusals.map(({ transactionId, time }) => [transactionId, `${time}`] as const),
    busiest: profile.busiest.map(({ day, count }) => [day, count] as const),
    counterparties: profile.counterparties,
    topUps: [profile.topUps, profile.drains, profile.drainedTopUpId],
    quietUntil: Object.fromEntries(
      Object.entries(profile.quietUntil).map(([rule, time]) => [rule, `${time}`]),
    ),
  };
}

/** The profile that was kept. */
export function fromProfileJson(json: ProfileJson): Profile {
  const [topUps, drains, drainedTopUpId] = json.topUps;
  return {
    amounts: json.amounts.map(BigInt),
    largest: BigInt(json.largest),
    moves: json.moves.map(toMove),
    refusals: json.refusals.map(([transactionId, time]): Refusal => ({ transactionId, time: BigInt(time) })),
    busiest: json.busiest.map(([day, count]) => ({ day, count })),
    counterparties: json.counterparties,
    topUps,
    drains,
    drainedTopUpId,
    quietUntil: Object.fromEntries(
      Object.entries(json.quietUntil).map(([rule, time]) => [rule, BigInt(time)]),
    ),
  };
}

function toMoveJson({ transactionId, batchId, type, amount, balanceAfter, time }: Move): MoveJson {
  return [transactionId, batchId, type, `${amount}`, `${balanceAfter}`, `${time}`];
}

function toMove([transactionId, batchId, type, amount, balanceAfter, time]: MoveJson): Move {
  return {
    transactionId,
    batchId,
    type,
    amount: BigInt(amount),
    balanceAfter: BigInt(balanceAfter),
    time: BigInt(time),
  };
}
