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
 * A figure to that of its baseline in the same round.
 *
 * @throws when either is nothing: the time was too short for this machine, and a ratio would say nothing.
 */
export function ratioOf(figure: number, baseline: number): number {
  if (!(figure > 0 && baseline > 0)) throw new Error(`a round measured ${figure}, its baseline ${baseline}`);
  return figure / baseline;
}

/** The round in the middle, by a figure of each: what a median is explained by. */
export function middleOf<Round>(rounds: readonly Round[], figureOf: (round: Round) => number): Round {
  const sorted = [...rounds].sort((a, b) => figureOf(a) - figureOf(b));
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error("there is no round");
  return middle;
}

/** `9,057 (8,800 to 9,400)` */
export function printed({ median, min, max }: Spread, digits = 0): string {
  const text = (figure: number) =>
    figure.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${text(median)} (${text(min)} to ${text(max)})`;
}
