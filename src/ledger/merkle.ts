import { hash } from "node:crypto";

/** One step of the way from a leaf up to the root. */
export interface MerkleSibling {
  readonly hash: Buffer;
  /** Whether the sibling is the left one of the two. */
  readonly left: boolean;
}

const digestBytes = 32;
const leafPrefix = Buffer.of(0);

// One buffer for all nodes: the two hashes are digested before the next ones are written.
const node = Buffer.alloc(1 + 2 * digestBytes, 1);

/** The hash of a leaf. Leaves and nodes begin with different bytes, so that neither can be passed off as the other. */
export function merkleLeaf(content: Buffer): Buffer {
  return hash("sha256", Buffer.concat([leafPrefix, content]), "buffer");
}

/** The hash of the node above two others. */
export function merkleNode(left: Buffer, right: Buffer): Buffer {
  node.set(left, 1);
  node.set(right, 1 + digestBytes);
  return hash("sha256", node, "buffer");
}

/**
 * The root of the tree of RFC 6962 over these hashes: pairs are joined level by level, and one that is left over goes
 * up as it is. The root over the roots of runs of 2^n leaves (the last run may be shorter) is the root over the leaves.
 */
export function merkleRoot(hashes: readonly Buffer[]): Buffer {
  if (hashes.length === 0) return hash("sha256", "", "buffer");
  let level = hashes;
  while (level.length > 1) level = levelAbove(level);
  return level[0] ?? unreachable();
}

/** The siblings on the way from one of these hashes to their root, from the bottom upwards. */
export function auditPath(hashes: readonly Buffer[], index: number): MerkleSibling[] {
  const path: MerkleSibling[] = [];
  let at = index;
  for (let level = hashes; level.length > 1; level = levelAbove(level)) {
    const sibling = level[at ^ 1];
    if (sibling !== undefined) path.push({ hash: sibling, left: at % 2 === 1 });
    at >>= 1;
  }
  return path;
}

/** The root that a way up leads to. */
export function rootAbove(leaf: Buffer, path: readonly MerkleSibling[]): Buffer {
  return path.reduce(
    (below, { hash: sibling, left }) => (left ? merkleNode(sibling, below) : merkleNode(below, sibling)),
    leaf,
  );
}

function levelAbove(level: readonly Buffer[]): Buffer[] {
  const above: Buffer[] = [];
  for (let index = 0; index < level.length; index += 2) {
    const left = level[index] ?? unreachable();
    const right = level[index + 1];
    above.push(right === undefined ? left : merkleNode(left, right));
  }
  return above;
}

function unreachable(): never {
  throw new Error("a level of a Merkle tree has a hole");
}
