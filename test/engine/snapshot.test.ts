import { expect } from "chai";
import { fromSnapshot, toSnapshot } from "../../src/engine/snapshot.js";

describe("a snapshot", () => {
  it("gives back what was kept, through JSON: integers of 64 bits, bytes, lists, and nothing", () => {
    const kept = {
      amount: 9_223_372_036_854_775_807n,
      below: -1n,
      hash: Buffer.from([0, 255, 7]),
      inner: [{ hash: Buffer.alloc(0), none: null, text: "$bytes", pairs: [["a", "b"]] }],
    };
    const stored = JSON.parse(JSON.stringify(toSnapshot(kept)));
    expect(fromSnapshot(stored)).to.deep.equal(kept);
  });
});
