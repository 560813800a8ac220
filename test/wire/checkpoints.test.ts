import { create, toJsonString } from "@bufbuild/protobuf";
import { expect } from "chai";
import { verifyProof } from "../../src/commands/verify-proof.js";
import {
  CreateCheckpointRequestSchema,
  GetPostingProofResponseSchema,
} from "../../src/gen/wallet/v1/integrity_pb.js";
import { expectSound, keyed, refusalOf, startApp, type TestApp } from "../support/app.js";
import { givenAsset, givenFunds, givenHolder, ofHolder, ofWallet } from "../support/given.js";
import { type KeyFile, keyFile } from "../support/key-file.js";
import { expectRefused } from "../support/unmoved.js";

describe("checkpoints", () => {
  let app: TestApp;
  let key: KeyFile;
  let aliceWallet: string;

  before(async () => {
    key = keyFile();
    app = await startApp({ env: { CHECKPOINT_KEY_FILE: key.path, CHECKPOINT_INTERVAL_HOURS: "0" } });
    await givenAsset(app, "gold");
    for (const id of ["alice", "bob"]) await givenHolder(app, id);
    aliceWallet = await givenFunds(app, "alice", "gold", 1_000n);
  });
  after(async () => {
    await app.close();
    key.remove();
  });
  afterEach(() => expectSound(app));

  const admin = () => app.as("admin").admin;
  const auditor = () => app.as("auditor").admin;
  const checkpoint = async () => {
    const { checkpoint: made } = await admin().createCheckpoint({}, keyed());
    return made ?? expect.fail("there is no checkpoint in the answer");
  };
  const transfer = () =>
    app.as("service").wallet.transfer(
      {
        source: ofHolder("alice"),
        destination: ofHolder("bob"),
        amount: { asset: "gold", units: 1n },
      },
      keyed(),
    );

  it("are made once for a key, and listed newest first, page by page", async () => {
    const first = await checkpoint();
    const second = await admin().createCheckpoint({}, keyed("second"));
    const again = await admin().createCheckpoint({}, keyed("second"));
    expect(again).to.deep.equal(second);
    const third = await checkpoint();
    const page = await auditor().listCheckpoints({ pageSize: 2 });
    expect(page.checkpoints).to.deep.equal([third, second.checkpoint]);
    const next = await auditor().listCheckpoints({ pageSize: 2, pageToken: page.nextPageToken });
    expect(next).to.deep.include({ checkpoints: [first], nextPageToken: "" });
    expect(first).to.include({ previousCheckpointId: "", walletCount: 6n, postingCount: 2n });
    expect([first.merkleRoot.length, first.signature.length]).to.deep.equal([32, 64]);
  });

  it("are made by an admin only, under a key, and nobody else changes what there is", async () => {
    for (const role of ["holder", "service", "auditor", "operator"] as const) {
      const call = () => app.as(role).admin.createCheckpoint({}, keyed());
      await expectRefused(app, call, "ROLE_REQUIRED");
    }
    await expectRefused(app, () => admin().createCheckpoint({}), "IDEMPOTENCY_KEY_MISSING");
  });

  it("are refused with INVALID_FIELD where the request says something that this service does not know", async () => {
    const request = create(CreateCheckpointRequestSchema);
    request.$unknown = [{ no: 7, wireType: 0, data: Uint8Array.of(1) }];
    await expectRefused(app, () => admin().createCheckpoint(request, keyed()), "INVALID_FIELD");
  });

  it("prove a posting to somebody who has nothing but the answer and the public key", async () => {
    await transfer();
    await transfer();
    const sealed = await checkpoint();
    const answer = await auditor().getPostingProof({ wallet: ofWallet(aliceWallet), postingSeq: 2n });
    expect(answer.proof?.checkpoint).to.deep.equal(sealed);
    expect(answer.proof?.laterCanonicalPostings).to.have.lengthOf(1);
    const { postings } = await app.as("service").wallet.listPostings({ wallet: ofWallet(aliceWallet) });
    expect(answer.proof?.posting).to.deep.equal(postings.find(({ postingSeq }) => postingSeq === 2n));
    const json = toJsonString(GetPostingProofResponseSchema, answer);
    const publicKey = Buffer.from(answer.proof?.publicKey ?? []);
    const report = verifyProof(json, publicKey);
    expect(report).to.include({ proved: true, warning: "" });
    expect(report.text).to.include(`number 2 of wallet ${aliceWallet}`).and.include("-1 gold");
  });

  it("prove a posting of a holder's wallet by the oldest that seals it, and by the one that is asked for", async () => {
    const oldest = await checkpoint();
    await transfer();
    const newest = await checkpoint();
    const asked = { wallet: ofHolder("alice"), asset: "gold", postingSeq: 3n };
    const { checkpoints } = await auditor().listCheckpoints({});
    const byOldest = await auditor().getPostingProof(asked);
    const byNewest = await auditor().getPostingProof({ ...asked, checkpointId: newest.id });
    expect(byNewest.proof?.checkpoint).to.deep.equal(newest);
    expect(checkpoints.map(({ id }) => id)).to.include(byOldest.proof?.checkpoint?.id ?? "");
    const later = (proof: typeof byNewest.proof) => proof?.laterCanonicalPostings.length ?? 0;
    expect(later(byOldest.proof) < later(byNewest.proof)).to.equal(true);
    const unsealed = { ...asked, postingSeq: byNewest.proof?.posting?.postingSeq ?? 0n };
    const { proof } = await auditor().getPostingProof({ ...unsealed, checkpointId: oldest.id });
    expect(proof?.checkpoint).to.deep.equal(oldest);
  });

  it("do not prove what came after them, which is INVALID_FIELD", async () => {
    const sealed = await checkpoint();
    await transfer();
    const { postings } = await app
      .as("service")
      .wallet.listPostings({ wallet: ofWallet(aliceWallet), pageSize: 1 });
    const asked = { wallet: ofWallet(aliceWallet), postingSeq: postings[0]?.postingSeq ?? 0n };
    const refusal = await refusalOf(auditor().getPostingProof({ ...asked, checkpointId: sealed.id }));
    expect(refusal).to.deep.include({ reason: "INVALID_FIELD", fields: ["checkpoint_id"] });
    expect(refusal.message).to.include(`up to posting ${asked.postingSeq - 1n}`);
    const unsealed = await refusalOf(auditor().getPostingProof(asked));
    expect(unsealed).to.deep.include({ reason: "INVALID_FIELD", fields: ["posting_seq"] });
  });
});

describe("a service with a new key for checkpoints", () => {
  const keys = [keyFile(), keyFile()];
  let old: { walletId: string; checkpointId: string; keyId: string };
  let database: TestApp["database"];

  const start = (env: Record<string, string>) =>
    startApp({ env: { CHECKPOINT_INTERVAL_HOURS: "0", ...env }, ...(database && { database }) });

  before(async () => {
    const app = await start({ CHECKPOINT_KEY_FILE: keys[0]?.path ?? "" });
    database = app.database;
    await givenAsset(app, "gold");
    await givenHolder(app, "alice");
    const walletId = await givenFunds(app, "alice", "gold", 10n);
    const { checkpoint } = await app.as("admin").admin.createCheckpoint({}, keyed());
    old = { walletId, checkpointId: checkpoint?.id ?? "", keyId: checkpoint?.keyId ?? "" };
    await app.close();
  });
  after(() => {
    for (const key of keys) key.remove();
  });

  /** The checkpoints that a check over the wire finds something of. */
  async function foundBy(app: TestApp): Promise<string[]> {
    const found = [];
    for await (const { event } of app.as("auditor").admin.checkIntegrity({}))
      if (event.case === "finding") found.push(event.value.checkpointId);
    return found;
  }

  it("reports what the old one has sealed, unless it is told to trust that", async () => {
    const CHECKPOINT_KEY_FILE = keys[1]?.path ?? "";
    const app = await start({ CHECKPOINT_KEY_FILE });
    expect(await foundBy(app)).to.deep.equal([old.checkpointId]);
    await app.close();
    const trusting = await start({ CHECKPOINT_KEY_FILE, CHECKPOINT_TRUSTED_KEY_IDS: old.keyId });
    expect(await foundBy(trusting)).to.deep.equal([]);
    await trusting.close();
  });

  it("goes on from the old checkpoints, and still proves by them", async () => {
    const app = await start({ CHECKPOINT_KEY_FILE: keys[1]?.path ?? "" });
    const { checkpoint } = await app.as("admin").admin.createCheckpoint({}, keyed());
    expect(checkpoint?.previousCheckpointId).to.equal(old.checkpointId);
    expect(checkpoint?.keyId).not.to.equal(old.keyId);
    const asked = { wallet: ofWallet(old.walletId), postingSeq: 1n };
    const answer = await app.as("auditor").admin.getPostingProof(asked);
    expect(answer.proof?.checkpoint?.keyId).to.equal(old.keyId);
    const json = toJsonString(GetPostingProofResponseSchema, answer);
    expect(verifyProof(json, Buffer.from(answer.proof?.publicKey ?? [])).proved).to.equal(true);
    await expectSound(app);
    await app.close();
  });
});

describe("a service without a key for checkpoints", () => {
  let app: TestApp;

  before(async () => {
    app = await startApp();
  });
  after(() => app.close());

  it("says which variable is missing, and lists what others have sealed", async () => {
    const refusal = await refusalOf(app.as("admin").admin.createCheckpoint({}, keyed()));
    expect(refusal).to.include({ code: "Unimplemented", reason: "" });
    expect(refusal.message).to.include("set CHECKPOINT_KEY_FILE");
    expect((await app.as("auditor").admin.listCheckpoints({})).checkpoints).to.deep.equal([]);
  });
});
