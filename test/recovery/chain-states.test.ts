import { expect } from "chai";
import { type ChainState, ChainStates } from "../../src/recovery/chain-states.js";

describe("the chains of a replay", () => {
  it("keep what belongs to each of many wallets, from nothing on", () => {
    const chains = new ChainStates();
    const ids = Array.from({ length: 5_000 }, (_, n) => `wallet-${n}`);
    for (const [n, id] of ids.entries()) chains.add(id, n % 2 === 0 ? "gold" : "tin");
    expect(chains.get("wallet-4999")).to.deep.equal({
      asset: "tin",
      balance: 0n,
      postingSeq: 0n,
      version: 0n,
      postTime: 0n,
      head: Buffer.alloc(32),
    });
    const stateOf = (n: number) => ({
      balance: -(2n ** 63n) + BigInt(n),
      postingSeq: BigInt(n),
      version: BigInt(n) * 2n,
      postTime: 2n ** 62n,
      head: Buffer.alloc(32, n),
    });
    for (const [n, id] of ids.entries()) chains.set(id, stateOf(n));
    // As text: a deep comparison of so many would take seconds.
    const printed = (
      asset: string,
      { head, balance, postingSeq, version, postTime }: Omit<ChainState, "asset">,
    ) => [asset, balance, postingSeq, version, postTime, head.toString("hex")].join(" ");
    const expected = ids.map((_, n) => printed(n % 2 === 0 ? "gold" : "tin", stateOf(n)));
    const actual = ids.map((id) => {
      const state = chains.get(id);
      return state === undefined ? "" : printed(state.asset, state);
    });
    expect(actual.join("\n")).to.equal(expected.join("\n"));
    expect(chains.size).to.equal(5_000);
  });

  it("have each wallet once, and no wallet that was not added", () => {
    const chains = new ChainStates();
    chains.add("one", "gold");
    expect(chains.add("one", "tin")).to.equal(false);
    expect(chains.get("two")).to.equal(undefined);
  });
});
