import { type Spread, spreadOf } from "../figures.js";
import type { Offered } from "./offer.js";

/** What is offered, as shares of the peak, in this order. */
export const shares = [0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5] as const;

export type Share = (typeof shares)[number];

/** All loads once, right after the peak that they are shares of was measured. */
export interface Sweep {
  /** Uniform transfers in a second with 256 in flight, as in scenario a. */
  readonly peak: number;
  readonly steps: readonly Step[];
}

/** What became of one load. */
export interface Step {
  readonly share: Share;
  readonly offered: Offered;
}

/** One figure at one load, over all sweeps. */
export function spreadAt(
  sweeps: readonly Sweep[],
  share: Share,
  figureOf: (offered: Offered, peak: number) => number,
): Spread {
  const figures = sweeps.flatMap(({ peak, steps }) =>
    steps.filter((step) => step.share === share).map(({ offered }) => figureOf(offered, peak)),
  );
  return spreadOf(figures);
}

/** The load at which a figure is highest, by its median over all sweeps. */
export function worstShare(
  sweeps: readonly Sweep[],
  among: readonly Share[],
  figureOf: (offered: Offered, peak: number) => number,
): Share {
  const medianAt = (share: Share) => spreadAt(sweeps, share, figureOf).median;
  return among.reduce((worst, share) => (medianAt(share) > medianAt(worst) ? share : worst));
}
