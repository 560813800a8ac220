/**
 * When calls come that know nothing of one another: a Poisson process. The times depend on the rate and the seed alone, so
 * that nothing a server does can move them.
 *
 * @param perSecond how many come in a second, on average; above 0.
 * @returns the times in milliseconds from the start, rising without end.
 */
export function* arrivals(perSecond: number, seed: number): Generator<number, never> {
  const random = randomOf(seed);
  let timeMs = 0;
  while (true) {
    timeMs += (-Math.log(1 - random()) * 1_000) / perSecond;
    yield timeMs;
  }
}

/** Figures from 0 up to 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
