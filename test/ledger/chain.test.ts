import { expect } from "chai";
import {
  canonicalHash,
  canonicalPosting,
  parseCanonicalPosting,
  postingHash,
} from "../../src/ledger/chain.js";
import type { Posting } from "../../src/ledger/transaction.js";
import { emptyChainHead } from "../../src/ledger/wallet.js";

const posting: Omit<Posting, "hash"> = {
  walletId: "11111111-1111-5111-8111-111111111111",
  postingSeq: 1n,
  transactionId: "22222222-2222-7222-8222-222222222222",
  asset: "gold",
  amount: -5n,
  balanceAfter: 95n,
  heldAfter: 10n,
  availableAfter: 85n,
  version: 4n,
  postTime: 1_795_255_200_123_456n,
};
const hash = (more: Partial<Posting> = {}, previous = emptyChainHead) =>
  postingHash(previous, { ...posting, ...more }).toString("hex");

describe("a posting's hash", () => {
  const changes: { [Field in keyof typeof posting]: Posting[Field] } = {
    walletId: "11111111-1111-5111-8111-111111111112",
    postingSeq: 2n,
    transactionId: "22222222-2222-7222-8222-222222222223",
    asset: "golf",
    amount: 5n,
    balanceAfter: 96n,
    heldAfter: 11n,
    availableAfter: 86n,
    version: 5n,
    postTime: posting.postTime + 1n,
  };
  for (const [field, value] of Object.entries(changes)) {
    it(`changes with its ${field}`, () => expect(hash({ [field]: value })).not.to.equal(hash()));
  }

  it("changes with the hash of the posting before", () => {
    expect(hash({}, Buffer.alloc(32, 1))).not.to.equal(hash());
  });

  it("does not change between versions of the service: a chain outlives them all", () => {
    expect(hash()).to.equal("df07ea8eb04b98943cfd33625b98c9e075086d09cce1176c0845de3670e9652e");
  });

  it("tells assets apart that only differ in length", () => {
    expect(hash({ asset: "gold\0" })).not.to.equal(hash());
  });

  it("takes integers to both ends of 64 bits", () => {
    expect(hash({ amount: -(2n ** 63n), balanceAfter: 2n ** 63n - 1n })).not.to.equal(hash());
  });
});

describe("the canonical bytes of a posting", () => {
  const canonical = canonicalPosting(posting);

  it("are what its hash covers behind the hash before it", () => {
    const previous = Buffer.alloc(32, 9);
    expect(canonicalHash(previous, canonical)).to.deep.equal(postingHash(previous, posting));
    expect(canonical).to.have.lengthOf(88 + "gold".length);
  });

  it("say all of it again", () => {
    expect(parseCanonicalPosting(canonical)).to.deep.equal(posting);
    const extreme = { ...posting, amount: -(2n ** 63n), asset: `a${"_".repeat(31)}` };
    expect(parseCanonicalPosting(canonicalPosting(extreme))).to.deep.equal(extreme);
  });

  it("are no posting when they are too short, too long, or no text where the asset is", () => {
    const wrong = [
      Buffer.alloc(0),
      canonical.subarray(0, 88),
      Buffer.concat([canonical, Buffer.alloc(29, "a")]),
      Buffer.concat([canonical.subarray(0, 88), Buffer.of(0xff)]),
    ];
    for (const bytes of wrong) expect(parseCanonicalPosting(bytes)).to.equal(null);
  });
});
