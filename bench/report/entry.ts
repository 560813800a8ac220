import type { Spread } from "../figures.js";

/** A figure with its unit, as it is printed: `9,057 per second`. */
export interface Figure extends Spread {
  readonly unit: string;
}

/** What a figure is compared with, measured in the same run. */
export interface Baseline extends Figure {
  /** What it is, for a reader who has not seen the code: `one TypeORM transaction per request`. */
  readonly label: string;
}

/** What one scenario came to: one row of the report. */
export interface Entry {
  /** The letter of the scenario, with a number behind it where the scenario has several entries: `c2`. */
  readonly id: string;
  readonly name: string;
  readonly figure: Figure;
  /** Null where the figure is held to a target by itself. */
  readonly baseline: Baseline | null;
  /** Figure to baseline, round by round; null without a baseline. */
  readonly ratio: Spread | null;
  /** What is to be reached, in words: `at least 8 times`. */
  readonly target: string;
  /** The same for the plot of all ratios, which has no bar for an entry without it. */
  readonly goal?: Goal;
  readonly reached: boolean;
  /** What stands in the way, by the profile; null where the target is reached. */
  readonly explained: string | null;
  /** Every round, as it was measured. Its shape is the scenario's own. */
  readonly raw: unknown;
  /** Shown as a plot of its own besides the bars of all ratios. */
  readonly plot?: LinePlot;
}

/** Which ratio to the baseline is to be reached. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number };

/** Lines over a common axis. */
export interface LinePlot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly {
    readonly label: string;
    readonly points: readonly (readonly [number, number])[];
  }[];
}
