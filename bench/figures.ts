/** The middle of some figures, and the lowest and highest of them. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(figures: readonly number[]): Spread {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
  return { median, min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0 };
}

/**
 * How many times the baseline a figure is.
 *
 * @throws when one of them is nothing: on a machine that stood still, nothing was compared.
 */
export function timesOf(figure: number, baseline: number): number {
  if (!(figure > 0 && baseline > 0))
    throw new Error(`${figure} to ${baseline} is no ratio: a round was too short`);
  return figure / baseline;
}

/** `9,057 (8,800 to 9,400)` */
export function printed({ median, min, max }: Spread, digits = 0): string {
  const text = (figure: number) =>
    figure.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${text(median)} (${text(min)} to ${text(max)})`;
}
