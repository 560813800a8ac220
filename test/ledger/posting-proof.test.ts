import { expect } from "chai";
import { signCheckpoint } from "../../src/ledger/checkpoint-key.js";
import { flawOf, type PostingProof } from "../../src/ledger/posting-proof.js";
import { chainOf, newCheckpointKey, otherHeads, proofOf } from "../support/proofs.js";

const walletId = "77777777-1111-5111-8111-111111111111";
const key = newCheckpointKey();
const heads = otherHeads(20);
const chain = chainOf(walletId, 9);
const proof = proofOf(chain, 4, { key, heads });

describe("a posting's proof", () => {
  it("holds for every posting of a wallet, whatever the number of wallets", () => {
    for (const count of [0, 1, 2, 3, 20]) {
      for (let number = 1; number <= chain.length; number++) {
        const one = proofOf(chain, number, { key, heads: otherHeads(count) });
        expect(flawOf(one), `posting ${number} among ${count} others`).to.equal(null);
      }
    }
  });

  const posted = proof.posting;
  const said: Record<string, Partial<PostingProof["posting"]>> = {
    walletId: { walletId: "77777777-1111-5111-8111-111111111112" },
    postingSeq: { postingSeq: 5n },
    transactionId: { transactionId: "01900000-0000-7000-8000-000000000005" },
    asset: { asset: "golf" },
    amount: { amount: posted.amount + 1n },
    balanceAfter: { balanceAfter: posted.balanceAfter + 1n },
    version: { version: 5n },
    postTime: { postTime: posted.postTime + 1n },
  };
  for (const [field, change] of Object.entries(said)) {
    it(`does not hold for a posting that says another ${field}`, () => {
      expect(flawOf({ ...proof, posting: { ...posted, ...change } })).to.match(
        new RegExp(`^The posting says ${field} `),
      );
    });
  }

  it("does not hold with any one bit of its bytes changed", () => {
    const parts: [string, Buffer, (bytes: Buffer) => PostingProof][] = [
      ["hash", posted.hash, (hash) => ({ ...proof, posting: { ...posted, hash } })],
      ["previous hash", proof.previousHash, (previousHash) => ({ ...proof, previousHash })],
      ["canonical", proof.canonicalPosting, (bytes) => ({ ...proof, canonicalPosting: bytes })],
      ...proof.laterCanonicalPostings.map((later, at): [string, Buffer, (bytes: Buffer) => PostingProof] => [
        `later ${at}`,
        later,
        (bytes) => ({ ...proof, laterCanonicalPostings: proof.laterCanonicalPostings.with(at, bytes) }),
      ]),
      ...proof.siblings.map((sibling, at): [string, Buffer, (bytes: Buffer) => PostingProof] => [
        `sibling ${at}`,
        sibling.hash,
        (hash) => ({ ...proof, siblings: proof.siblings.with(at, { ...sibling, hash }) }),
      ]),
    ];
    for (const [name, bytes, change] of parts) {
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const changed = Buffer.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(flawOf(change(changed)), `${name}, bit ${bit}`).not.to.equal(null);
      }
    }
  });

  it("does not hold with later postings left out, added, or in another order", () => {
    const later = proof.laterCanonicalPostings;
    const wrong = [
      later.slice(1),
      later.slice(0, -1),
      later.toReversed(),
      [...later, ...later.slice(-1)],
      [],
    ];
    for (const laterCanonicalPostings of wrong)
      expect(flawOf({ ...proof, laterCanonicalPostings })).not.to.equal(null);
  });

  it("does not hold with postings of another wallet behind it", () => {
    const foreign = proofOf(chainOf("88888888-1111-5111-8111-111111111111", 9), 4, { key, heads });
    const { laterCanonicalPostings } = foreign;
    expect(flawOf({ ...proof, laterCanonicalPostings })).to.equal(
      "Among the later postings, number 5 of the wallet is not in its place.",
    );
  });

  it("does not hold for a first posting that claims to have one before it", () => {
    const first = proofOf(chain, 1, { key, heads });
    expect(flawOf({ ...first, previousHash: Buffer.alloc(32, 1) })).to.include("the first of its wallet");
  });

  it("does not hold under a checkpoint of other heads, or one that the key did not sign", () => {
    const other = proofOf(chain, 4, { key, heads: otherHeads(21) });
    expect(flawOf({ ...proof, checkpoint: other.checkpoint })).to.include("does not lead to");
    const stranger = signCheckpoint(proof.checkpoint, newCheckpointKey());
    expect(flawOf({ ...proof, checkpoint: stranger })).to.equal(null);
    const { signature } = stranger;
    expect(flawOf({ ...proof, checkpoint: { ...proof.checkpoint, signature } })).to.include(
      "is not signed by",
    );
  });
});
