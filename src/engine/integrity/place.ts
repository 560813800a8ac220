import type { IntegrityRun } from "../../db/integrity/runs.js";
import { fromSnapshot, toSnapshot } from "../snapshot.js";
import { assetPhase } from "./assets.js";
import { checkpointPhase, headPhase } from "./checkpoints.js";
import { cleanupPhase } from "./cleanup.js";
import { keyPhase, operationPhase } from "./keys.js";
import { emptyTally, type Phase, type Step, type Tally } from "./phase.js";
import { refundPhase } from "./refunds.js";
import { transactionPhase } from "./transactions.js";
import { walletPhase } from "./wallets.js";

/** All that a check does, in order. A rule of another kind is a phase more, and belongs behind the wallets. */
const phases: readonly Phase[] = [
  cleanupPhase,
  walletPhase,
  transactionPhase,
  refundPhase,
  assetPhase,
  keyPhase,
  operationPhase,
  headPhase,
  checkpointPhase,
];

/** How far a check is: between two steps. Immutable. */
export interface Place {
  /** The phase that goes on; null when all are done. */
  readonly phase: Phase | null;
  /** Where the last step of it ended; null when it begins. */
  readonly after: readonly string[] | null;
  readonly tally: Tally;
  readonly findingCount: bigint;
}

/** A place as it is kept with the run. */
interface KeptPlace extends Omit<Place, "phase" | "tally"> {
  readonly phase: string | null;
  readonly tally: Omit<Tally, "deposits"> & { readonly deposits: readonly (readonly [string, bigint])[] };
}

/** How far a check is, in what there is to verify. */
export interface IntegrityProgress {
  readonly checkedPostings: bigint;
  readonly postings: bigint;
  readonly checkedWallets: bigint;
  readonly wallets: bigint;
}

/** Where a check begins. */
export function firstPlace(): Place {
  return { phase: phases[0] ?? null, after: null, tally: emptyTally, findingCount: 0n };
}

/** The place behind a step. */
export function placeAfter(place: Place, { findings, through, tally }: Step): Place {
  const next =
    through === null && place.phase !== null ? phases[phases.indexOf(place.phase) + 1] : place.phase;
  return {
    phase: next ?? null,
    after: through,
    tally: { ...place.tally, ...tally },
    findingCount: place.findingCount + BigInt(findings.length),
  };
}

/**
 * How far a check is at a place. A posting is verified in its wallet and in its transaction, and counts half for each;
 * when all transactions are done all postings are, whether or not some transaction names them.
 */
export function progressOf(
  { postingCount, walletCount }: IntegrityRun,
  { phase, tally }: Place,
): IntegrityProgress {
  const balanced = tally.balancedPostings < postingCount ? tally.balancedPostings : postingCount;
  const isBeyond = phase === null || phases.indexOf(phase) > phases.indexOf(transactionPhase);
  return {
    checkedPostings: isBeyond ? postingCount : (tally.chainedPostings + balanced) / 2n,
    postings: postingCount,
    checkedWallets: tally.wallets,
    wallets: walletCount,
  };
}

/** The place as it is kept. */
export function toKept({ phase, tally, ...rest }: Place): unknown {
  const kept: KeptPlace = {
    ...rest,
    phase: phase?.name ?? null,
    tally: { ...tally, deposits: [...tally.deposits] },
  };
  return toSnapshot(kept);
}

/** The place that was kept. */
export function fromKept(snapshot: unknown): Place {
  const { phase: name, tally, ...rest } = fromSnapshot<KeptPlace>(snapshot);
  const phase = phases.find((one) => one.name === name) ?? null;
  return { ...rest, phase, tally: { ...tally, deposits: new Map(tally.deposits) } };
}
