import { expect } from "chai";
import { pingPongPair, uniformPair, zipfPairs } from "../../bench/load/pairs.js";

const draws = 20_000;

describe("the pairs of wallets that the benchmark draws", () => {
  it("are of two wallets, all as likely, when they are uniform", () => {
    const pairs = Array.from({ length: draws }, () => uniformPair(10));
    expect(pairs.every(([from, to]) => from !== to && to >= 0 && to < 10)).to.equal(true);
    for (let wallet = 0; wallet < 10; wallet++) {
      expect(pairs.filter(([from]) => from === wallet).length / draws).to.be.closeTo(0.1, 0.02);
    }
  });

  it("go back and forth between the same two", () => {
    expect([0, 1, 2].map(pingPongPair)).to.deep.equal([
      [0, 1],
      [1, 0],
      [0, 1],
    ]);
  });

  it("have the second wallet half as often as the first by Zipf's law, and never twice the same", () => {
    const draw = zipfPairs(100_000);
    const pairs = Array.from({ length: draws }, draw);
    expect(pairs.every(([from, to]) => from !== to && from < 100_000 && to < 100_000)).to.equal(true);
    const shareOf = (wallet: number) => pairs.filter(([from]) => from === wallet).length / draws;
    // The weights 1/n of 100,000 wallets sum to 12.09.
    expect(shareOf(0)).to.be.closeTo(1 / 12.09, 0.012);
    expect(shareOf(1)).to.be.closeTo(0.5 / 12.09, 0.01);
  });
});
