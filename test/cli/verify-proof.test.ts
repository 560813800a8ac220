import { spawn } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { create, toJsonString } from "@bufbuild/protobuf";
import { expect } from "chai";
import { GetPostingProofResponseSchema } from "../../src/gen/wallet/v1/integrity_pb.js";
import { flawOf } from "../../src/ledger/posting-proof.js";
import { decodePostingProof, ProofFormError } from "../../src/rpc/decode/posting-proof.js";
import { encodePostingProof } from "../../src/rpc/encode/checkpoint.js";
import { cleanUp, newDataDir } from "../embedded/support.js";
import { fileOf, keyFile } from "../support/key-file.js";
import { chainOf, newCheckpointKey, otherHeads, proofOf } from "../support/proofs.js";
import { endChildren, main, secret, wallet } from "./support.js";

const key = newCheckpointKey();
const proof = proofOf(chainOf("77777777-1111-5111-8111-111111111111", 5), 3, { key, heads: otherHeads(9) });
const json = toJsonString(
  GetPostingProofResponseSchema,
  create(GetPostingProofResponseSchema, { proof: encodePostingProof(proof) }),
);
const publicKey = key.publicKey.toString("hex");

describe("wallet verify-proof", function () {
  this.timeout(60_000);
  const files: { path: string; remove(): void }[] = [];
  afterEach(endChildren);
  after(() => {
    for (const file of files) file.remove();
  });

  const pathOf = (text: string): string => {
    const file = fileOf(text);
    files.push(file);
    return file.path;
  };
  // No variable at all: what it needs is in the file.
  const verify = (...args: string[]) => wallet(["verify-proof", ...args], {});

  it("says what was proved, and by whose key", async () => {
    const { code, stdout, stderr } = await verify(pathOf(json), "--public-key", publicKey);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(stdout.split("\n")).to.deep.equal([
      "PROVED. This posting is part of what the checkpoint seals.",
      "  posting      number 3 of wallet 77777777-1111-5111-8111-111111111111",
      "  moved        +3 gold, which left 6 gold (version 3)",
      "  transaction  01900000-0000-7000-8000-000000000003",
      "  posted       2026-11-21T10:00:00.000003Z",
      "  sealed       2026-11-21T10:01:40.000000Z, 2 postings later",
      "  checkpoint   0197a000-0000-7000-8000-000000000001, over 10 wallets and 41 postings",
      `  key          ${key.keyId} (the one you gave)`,
      "",
    ]);
  });

  it("warns where the key was not compared with any", async () => {
    const { code, stdout, stderr } = await verify(pathOf(json));
    expect({ code, proved: stdout.startsWith("PROVED.") }).to.deep.equal({ code: 0, proved: true });
    expect(stderr).to.include("--public-key");
  });

  it("reads the proof from standard input, and the key from a file in PEM or hexadecimal", async () => {
    const other = keyFile();
    files.push(other);
    for (const [named, expected] of [
      [pathOf(`${publicKey}\n`), 0],
      [pathOf(other.publicPem), 1],
    ] as const) {
      const child = spawn(process.execPath, [main, "verify-proof", "--public-key", named], {
        stdio: ["pipe", "ignore", "ignore"],
      });
      child.stdin.end(json);
      expect((await once(child, "close"))[0], named).to.equal(expected);
    }
  });

  it("says what does not hold, and ends with 1", async () => {
    const forged = json.replace('"units":"3"', '"units":"4"');
    expect(forged).not.to.equal(json);
    const { code, stdout } = await verify(pathOf(forged), "--public-key", publicKey);
    expect({ code, stdout }).to.deep.equal({
      code: 1,
      stdout: "NOT PROVED. The posting says amount 4, its canonical bytes say 3.\n",
    });
    const stranger = await verify(pathOf(json), "--public-key", newCheckpointKey().publicKey.toString("hex"));
    expect(stranger.code).to.equal(1);
    expect(stranger.stdout).to.include("by another key than the one you gave");
  });

  it("ends with 2 where there is nothing to check: no file, no answer of GetPostingProof, no key", async () => {
    const unusable = [["nowhere.json"], [pathOf("{}")], [pathOf(json), "--public-key", pathOf("no key")]];
    const ends = await Promise.all(unusable.map((args) => verify(...args)));
    for (const [index, { code, stdout, stderr }] of ends.entries()) {
      const args = unusable[index] ?? [];
      expect({ code, stdout }, args.join(" ")).to.deep.equal({ code: 2, stdout: "" });
      expect(stderr.trim().split("\n"), stderr).to.have.lengthOf(1);
    }
  });
});

describe("the JSON of a posting's proof", () => {
  it("is refused when it is not one, not whole, or has hashes and times that cannot be", () => {
    const wrong = [
      "not JSON",
      "{}",
      '{"proof":{"posting":{},"checkpoint":{}}}',
      json.replace(/"merkleRoot":"[^"]+"/, '"merkleRoot":"AAAA"'),
      json.replace("00.000003Z", "00.000003001Z"),
    ];
    for (const text of wrong) expect(() => decodePostingProof(text), text).to.throw(ProofFormError);
  });

  it("is read as what was written, also where a later release has added a field", () => {
    for (const text of [json, json.replace('"proof":{', '"added":1,"proof":{"added":[],')]) {
      const read = decodePostingProof(text);
      expect(flawOf(read)).to.equal(null);
      const { heldAfter, availableAfter, ...posting } = { ...proof.posting } as Record<string, unknown>;
      expect([heldAfter, availableAfter]).to.deep.equal([0n, 6n]);
      expect(read).to.deep.equal({ ...proof, posting });
    }
  });
});

describe("wallet checkpoint-key", function () {
  this.timeout(60_000);
  afterEach(endChildren);
  after(cleanUp);

  it("prints the public key that embedded mode has made once, in a file for its owner only", async () => {
    const WALLET_DATA_DIR = newDataDir();
    const first = await wallet(["checkpoint-key"], { WALLET_DATA_DIR });
    expect(first.stdout).to.match(/^public key {2}[0-9a-f]{64}\nkey id {6}[0-9a-f]{64}\n$/);
    expect(await wallet(["checkpoint-key"], { WALLET_DATA_DIR })).to.deep.equal(first);
    expect((await stat(join(WALLET_DATA_DIR, "checkpoint-key.pem"))).mode & 0o777).to.equal(0o600);
  });

  it("says in one line what is wrong with a key file, or that there is no key", async () => {
    const DATABASE_URL = "postgresql://wallet_service:pw@127.0.0.1:1/wallet";
    const [wrong, noKey] = [keyFile("ed448"), fileOf("no key")];
    const cases = [
      { CHECKPOINT_KEY_FILE: wrong.path, says: "no Ed25519 private key" },
      { CHECKPOINT_KEY_FILE: noKey.path, says: "no Ed25519 private key" },
      { CHECKPOINT_KEY_FILE: "nowhere.pem", says: "cannot be read" },
      { CHECKPOINT_KEY_FILE: "", says: "set CHECKPOINT_KEY_FILE" },
    ];
    for (const { says, ...env } of cases) {
      const { code, stdout, stderr } = await wallet(["checkpoint-key"], {
        DATABASE_URL,
        JWT_SECRET: secret,
        ...env,
      });
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
      expect(stderr.trim().split("\n"), stderr).to.have.lengthOf(1);
      expect(stderr).to.include(says);
    }
    wrong.remove();
    noKey.remove();
  });
});
