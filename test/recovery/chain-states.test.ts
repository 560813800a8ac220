import { expect } from "chai";
import { ChainStates } from "../../src/recovery/chain-states.js";

describe("the chains of a replay", () => {
  it("keep what belongs to each of many wallets, from nothing on", () => {
    const chains = new ChainStates();
    const ids = Array.from({ length: 5_000 }, (_, n) => `wallet-${n}`);
    for (const [n, id] of ids.entries()) expect(chains.add(id, n % 2 === 0 ? "gold" : "tin")).to.equal(true);
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
    for (const [n, id] of ids.entries()) {
      expect(chains.get(id)).to.deep.equal({ asset: n % 2 === 0 ? "gold" : "tin", ...stateOf(n) });
    }
    expect(chains.size).to.equal(5_000);
  });

  it("have each wallet once, and no wallet that was not added", () => {
    const chains = new ChainStates();
    chains.add("one", "gold");
    expect(chains.add("one", "tin")).to.equal(false);
    expect(chains.get("two")).to.equal(undefined);
  });
});
