/** Two different wallets, by the numbers of their holders: the source, then the destination. */
export type Pair = readonly [from: number, to: number];

/** Any two of so many, each as likely as the other. */
export function uniformPair(count: number): Pair {
  const from = Math.floor(Math.random() * count);
  return [from, (from + 1 + Math.floor(Math.random() * (count - 1))) % count];
}

/** Two wallets that send back and forth: one call locks what the one before it has locked. */
export function pingPongPair(call: number): Pair {
  return call % 2 === 0 ? [0, 1] : [1, 0];
}

/** Draws pairs of `count` by Zipf's law with exponent 1: the n-th is drawn with a weight of 1/n, 0 the most often. */
export function zipfPairs(count: number): () => Pair {
  const upTo = new Float64Array(count);
  let total = 0;
  for (let rank = 0; rank < count; rank++) {
    total += 1 / (rank + 1);
    upTo[rank] = total;
  }
  const draw = (): number => firstAbove(upTo, Math.random() * total);
  return () => {
    const from = draw();
    let to = draw();
    while (to === from) to = draw();
    return [from, to];
  };
}

/** Where the first of the rising figures is that is above this one. */
function firstAbove(rising: Float64Array, figure: number): number {
  let [low, high] = [0, rising.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] ?? 0) > figure) high = middle;
    else low = middle + 1;
  }
  return low;
}
