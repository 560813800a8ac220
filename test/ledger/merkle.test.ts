import { createHash } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { auditPath, merkleLeaf, merkleRoot, rootAbove } from "../../src/ledger/merkle.js";

/** The tree as RFC 6962 defines it: split at the largest power of two below the number of leaves. */
function rfcRoot(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return createHash("sha256").digest();
  if (leaves.length === 1) return only;
  const split = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  const halves = [rfcRoot(leaves.slice(0, split)), rfcRoot(leaves.slice(split))];
  return createHash("sha256")
    .update(Buffer.concat([Buffer.of(1), ...halves]))
    .digest();
}

const leavesOf = (count: number) =>
  Array.from({ length: count }, (_, index) => merkleLeaf(Buffer.from(`leaf ${index}`)));
const someLeaves = fc.integer({ min: 1, max: 300 }).map(leavesOf);

describe("a Merkle tree", () => {
  it("has the roots that the implementations of RFC 6962 agree on", () => {
    const inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"];
    const leaves = inputs.map((hex) => merkleLeaf(Buffer.from(hex, "hex")));
    const roots = [1, 2, 3, 5, 7].map((count) => merkleRoot(leaves.slice(0, count)).toString("hex"));
    expect(roots).to.deep.equal([
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    ]);
  });

  it("has the root of the recursive definition, with any number of leaves", () => {
    expect(merkleRoot([])).to.deep.equal(rfcRoot([]));
    fc.assert(fc.property(someLeaves, (leaves) => merkleRoot(leaves).equals(rfcRoot(leaves))));
  });

  it("has the same root over the roots of runs of a power of two", () => {
    fc.assert(
      fc.property(someLeaves, fc.integer({ min: 0, max: 6 }), (leaves, power) => {
        const size = 2 ** power;
        const runs = Array.from({ length: Math.ceil(leaves.length / size) }, (_, run) =>
          merkleRoot(leaves.slice(run * size, (run + 1) * size)),
        );
        return merkleRoot(runs).equals(merkleRoot(leaves));
      }),
    );
  });

  it("is reached from every leaf by its siblings, and from no other leaf", () => {
    fc.assert(
      fc.property(someLeaves, fc.nat(), fc.nat(), (leaves, one, other) => {
        const [index, another] = [one % leaves.length, other % leaves.length];
        const path = auditPath(leaves, index);
        const leads = (at: number) =>
          rootAbove(leaves[at] ?? Buffer.alloc(0), path).equals(merkleRoot(leaves));
        return leads(index) && (another === index || !leads(another));
      }),
    );
  });

  it("is not reached by a path with a bit of it changed, or a step turned or left out", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 100 }).map(leavesOf), fc.nat(), fc.nat(), (leaves, one, bit) => {
        const index = one % leaves.length;
        const leaf = leaves[index] ?? Buffer.alloc(0);
        const path = auditPath(leaves, index);
        const at = bit % path.length;
        const changed = [
          path.with(at, { left: path[at]?.left ?? false, hash: flipped(path[at]?.hash ?? leaf, bit) }),
          path.with(at, { left: !path[at]?.left, hash: path[at]?.hash ?? leaf }),
          path.toSpliced(at, 1),
        ];
        return changed.every((wrong) => !rootAbove(leaf, wrong).equals(merkleRoot(leaves)));
      }),
    );
  });

  it("tells a leaf from a node: the two hashes below a node are no leaf with the same hash", () => {
    const leaves = leavesOf(2);
    expect(merkleLeaf(Buffer.concat(leaves))).not.to.deep.equal(merkleRoot(leaves));
  });
});

function flipped(hash: Buffer, bit: number): Buffer {
  const copy = Buffer.from(hash);
  const at = bit % (8 * copy.length);
  copy[at >> 3] = (copy[at >> 3] ?? 0) ^ (1 << (at & 7));
  return copy;
}
