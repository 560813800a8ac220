import { expect } from "chai";
import fc from "fast-check";
import { fingerprintOf, movementFingerprint } from "../../src/ledger/fingerprint.js";
import { addressOfHolder, addressOfWallet, type SimpleMovement } from "../../src/ledger/movement.js";
import { movementOf } from "../support/engine.js";

const base = movementOf("TRANSFER", { from: "alice", to: "bob" }, 10n, {
  description: "rent",
  metadata: [
    ["a", "1"],
    ["b", "2"],
  ],
});
const digest = (movement: SimpleMovement, method = "Transfer") =>
  movementFingerprint(method, movement).toString("hex");

describe("a fingerprint", () => {
  it("is the same for the same request, made again", () => {
    expect(digest({ ...base })).to.equal(digest(base));
  });

  it("does not change between versions of the service: keys live longer than a release", () => {
    expect(digest(base)).to.equal("4259c21696ad8d66bcc737fb9dfa731066e9b46d3e424cdbf966fff677afe9b1");
  });

  const changes: Record<string, Partial<SimpleMovement>> = {
    type: { type: "SPEND" },
    asset: { asset: "silver" },
    amount: { amount: 11n },
    source: { source: addressOfHolder("gold", "carol") },
    destination: { destination: addressOfHolder("gold", "carol") },
    "both wallets, swapped": { source: base.destination, destination: base.source },
    "expected version": { expectedVersion: 0n },
    "external reference": { externalReference: "rent" },
    description: { description: "Rent" },
    "a pair's value": {
      metadata: [
        ["a", "1"],
        ["b", "3"],
      ],
    },
    "a pair's key": {
      metadata: [
        ["a", "1"],
        ["c", "2"],
      ],
    },
    "the pairs' number": { metadata: [["a", "1"]] },
    "where a pair's key ends": {
      metadata: [
        ["a1", ""],
        ["b", "2"],
      ],
    },
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`changes with ${what}`, () => expect(digest({ ...base, ...change })).not.to.equal(digest(base)));
  }

  it("changes with the method", () => expect(digest(base, "Spend")).not.to.equal(digest(base)));

  it("does not depend on how a wallet was named", () => {
    const byId = { ...base, source: addressOfWallet(base.source.walletId) };
    expect(digest(byId)).to.equal(digest(base));
  });

  it("is the same for metadata pairs in any order, once they are sorted", () => {
    const pairs = fc.uniqueArray(fc.tuple(fc.string(), fc.string()), { selector: ([key]) => key });
    const sorted = (given: [string, string][]) => given.toSorted(([a], [b]) => (a < b ? -1 : 1));
    const property = fc.property(
      pairs.chain((given) =>
        fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
      ),
      ([given, shuffled]) => {
        expect(digest({ ...base, metadata: sorted(given) })).to.equal(
          digest({ ...base, metadata: sorted(shuffled) }),
        );
      },
    );
    fc.assert(property);
  });

  it("never runs two different lists of fields together into one", () => {
    const text = fc.string({ unit: fc.constantFrom("1", ":", "s", "n", "i", "m", ";", "a"), maxLength: 6 });
    const value = fc.oneof(
      text,
      fc.constant(null),
      fc.bigInt({ min: -12n, max: 12n }),
      fc.array(fc.tuple(text, text), { maxLength: 2 }),
    );
    const fields = fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), value), { maxLength: 4 });
    const property = fc.property(text, fields, text, fields, (method, one, otherMethod, other) => {
      const show = (name: string, list: unknown) =>
        JSON.stringify([name, list], (_, part) => (typeof part === "bigint" ? { bigint: `${part}` } : part));
      fc.pre(show(method, one) !== show(otherMethod, other));
      expect(fingerprintOf(method, one).equals(fingerprintOf(otherMethod, other))).to.equal(false);
    });
    fc.assert(property, { numRuns: 2_000 });
  });
});
