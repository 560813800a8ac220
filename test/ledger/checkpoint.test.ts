import { createPrivateKey } from "node:crypto";
import { expect } from "chai";
import { type Checkpoint, canonicalCheckpoint, headLeaf } from "../../src/ledger/checkpoint.js";
import { checkpointKeyOf, isSigned, keyIdOf, signCheckpoint } from "../../src/ledger/checkpoint-key.js";
import { newCheckpointKey } from "../support/proofs.js";

const content = {
  id: "0197a000-0000-7000-8000-00000000000a",
  merkleRoot: Buffer.alloc(32, 7),
  walletCount: 12n,
  postingCount: 345n,
  previousCheckpointId: "0197a000-0000-7000-8000-000000000009",
  createTime: 1_795_255_200_123_456n,
};

// The key of RFC 8032, section 7.1, test 1, in PKCS#8.
const known = createPrivateKey({
  key: Buffer.from(
    "302e020100300506032b6570042204209d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "hex",
  ),
  format: "der",
  type: "pkcs8",
});

describe("a checkpoint", () => {
  it("has the canonical bytes that the documentation gives, in every version of the service", () => {
    expect(canonicalCheckpoint(content).toString("hex")).to.equal(
      [
        Buffer.from("wallet.v1.Checkpoint").toString("hex"),
        "0197a00000007000800000000000000a",
        "07".repeat(32),
        "000000000000000c",
        "0000000000000159",
        "0197a000000070008000000000000009",
        "000660c66c7c0a40",
      ].join(""),
    );
    const first = canonicalCheckpoint({ ...content, previousCheckpointId: null });
    expect(first.subarray(84, 100)).to.deep.equal(Buffer.alloc(16));
    expect(first).to.have.lengthOf(108);
  });

  it("has leaves whose hash does not change between versions of the service", () => {
    const head = { walletId: content.id, postingSeq: 3n, chainHead: Buffer.alloc(32, 1) };
    expect(headLeaf(head).toString("hex")).to.equal(
      "00908e3fa9f0f93096b99a6bb18d8396891e015fc7a4dc6144a4065c9cb49466",
    );
  });

  it("is signed by Ed25519, with the public key of its private key and the hash of that as id", () => {
    const key = checkpointKeyOf(known);
    expect(key.publicKey.toString("hex")).to.equal(
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    );
    expect(key.keyId).to.equal(keyIdOf(key.publicKey));
    expect(isSigned(signCheckpoint(content, key))).to.equal(true);
  });

  const sealed = signCheckpoint(content, newCheckpointKey());
  const other = newCheckpointKey();
  const changes: { [Field in keyof Checkpoint]: Checkpoint[Field] } = {
    id: "0197a000-0000-7000-8000-00000000000b",
    merkleRoot: Buffer.alloc(32, 8),
    walletCount: 13n,
    postingCount: 346n,
    previousCheckpointId: null,
    createTime: content.createTime + 1n,
    signature: Buffer.alloc(64, 1),
    publicKey: other.publicKey,
    keyId: other.keyId,
  };
  for (const [field, value] of Object.entries(changes)) {
    it(`is not signed any more when its ${field} is another`, () => {
      expect(isSigned(sealed)).to.equal(true);
      expect(isSigned({ ...sealed, [field]: value })).to.equal(false);
    });
  }

  it("is not signed by bytes that are no key", () => {
    for (const publicKey of [Buffer.alloc(0), Buffer.alloc(31), Buffer.alloc(32), Buffer.alloc(32, 255)]) {
      expect(isSigned({ ...sealed, publicKey, keyId: keyIdOf(publicKey) })).to.equal(false);
    }
  });
});
