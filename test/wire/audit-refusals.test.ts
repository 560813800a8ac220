import { expect } from "chai";
import { BatchMode } from "../../src/gen/wallet/v1/bulk_pb.js";
import { expectSound, reasonOf, type TestApp, type TestClients } from "../support/app.js";
import {
  alices,
  amount,
  bobs,
  both,
  entriesOf,
  entryOf,
  freshRequestId,
  readable,
  startAudited,
  tagged,
  usual,
  walletService as wallet,
} from "../support/audit.js";
import { ofHolder } from "../support/given.js";

describe("the audit log, of what does not reach the ledger,", () => {
  let app: TestApp;
  let shop: TestClients;
  let requestId: string;

  before(async () => {
    app = await startAudited();
    shop = app.as("service", "shop");
  });
  after(() => app.close());
  beforeEach(() => {
    requestId = freshRequestId();
  });
  afterEach(() => expectSound(app));

  it("does not record that a holder reads its own data, only that it may not read another's", async () => {
    const own = freshRequestId();
    const alice = app.as("holder", "alice").wallet;
    await alice.getBalance({ asset: "gold" }, tagged(own));
    const refused = alice.getBalance({ wallet: ofHolder("bob"), asset: "gold" }, tagged(requestId));
    expect(await reasonOf(refused)).to.equal("NOT_YOUR_WALLET");
    expect(await entryOf(app, requestId)).to.deep.equal({
      ...usual,
      kind: "REFUSAL",
      caller: "wallet|holder|alice",
      method: `${wallet}/GetBalance`,
      errorReason: "NOT_YOUR_WALLET",
      holderIds: ["bob"],
      walletIds: [bobs],
      requestId,
    });
    expect(await entriesOf(app, own, 0)).to.deep.equal([]);
  });

  it("records that a holder tries to move what is another's", async () => {
    const alice = app.as("holder", "alice").wallet;
    const theft = alice.transfer(
      { source: ofHolder("bob"), destination: ofHolder("alice"), amount },
      tagged(requestId),
    );
    expect(await reasonOf(theft)).to.equal("NOT_YOUR_WALLET");
    expect(await entryOf(app, requestId)).to.deep.include({
      kind: "REFUSAL",
      errorReason: "NOT_YOUR_WALLET",
      holderIds: ["alice", "bob"],
      transactionId: "",
    });
  });

  it("records calls of nobody known, and keeps nothing of their tokens", async () => {
    const send = (authorization?: string) =>
      fetch(`http://127.0.0.1:${app.app.httpPort}/${wallet}/GetBalance`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-request-id": requestId,
          ...(authorization !== undefined && { authorization }),
        },
        body: "{}",
      });
    await send();
    await send("Bearer not-a-token-at-all");
    const entries = await entriesOf(app, requestId, 2);
    const nobody = { ...usual, kind: "REFUSAL", caller: "", method: `${wallet}/GetBalance`, requestId };
    expect(entries.map(readable)).to.deep.equal([
      { ...nobody, errorReason: "TOKEN_INVALID" },
      { ...nobody, errorReason: "TOKEN_MISSING" },
    ]);
  });

  it("records a call that its caller's role forbids, or whose request is not in form", async () => {
    const auditor = app.as("auditor", "anna").wallet;
    expect(await reasonOf(auditor.transfer({ ...both, amount }, tagged(requestId)))).to.equal(
      "ROLE_REQUIRED",
    );
    const refused = { ...usual, kind: "REFUSAL", caller: "wallet|auditor|anna", requestId };
    expect(await entryOf(app, requestId)).to.deep.equal({ ...refused, errorReason: "ROLE_REQUIRED" });
    const wrong = freshRequestId();
    const request = { ...both, amount: { asset: "gold", units: 0n } };
    expect(await reasonOf(shop.wallet.transfer(request, tagged(wrong)))).to.equal("INVALID_FIELD");
    expect(await entryOf(app, wrong)).to.deep.include({
      caller: "wallet|service|shop",
      errorReason: "INVALID_FIELD",
    });
  });

  it("records another request under a used key, with what it asked for", async () => {
    const options = tagged(requestId);
    await shop.wallet.transfer({ ...both, amount }, keyedAlike(options, freshRequestId()));
    const reused = shop.wallet.transfer({ ...both, amount: { asset: "gold", units: 11n } }, options);
    expect(await reasonOf(reused)).to.equal("IDEMPOTENCY_KEY_REUSED");
    expect(await entryOf(app, requestId)).to.deep.include({
      errorReason: "IDEMPOTENCY_KEY_REUSED",
      holderIds: ["alice", "bob"],
      transactionId: "",
    });
  });

  it("does not record a replay: the same request of the same caller is there", async () => {
    const options = tagged(requestId);
    const replay = keyedAlike(options, freshRequestId());
    await shop.wallet.transfer({ ...both, amount }, options);
    await shop.wallet.transfer({ ...both, amount }, replay);
    const last = freshRequestId();
    await shop.wallet.getBalance({ wallet: ofHolder("alice"), asset: "gold" }, tagged(last));
    await entryOf(app, last);
    expect(await entriesOf(app, replay.headers["x-request-id"], 0)).to.deep.equal([]);
    expect(await entriesOf(app, requestId)).to.have.lengthOf(1);
  });

  it("records what is only validated as a read of those it would concern, or as a refusal", async () => {
    await shop.wallet.transfer({ ...both, amount, validateOnly: true }, tagged(requestId));
    const read = { ...usual, kind: "READ", requestId, holderIds: ["alice", "bob"] };
    expect(await entryOf(app, requestId)).to.deep.equal({ ...read, walletIds: [alices, bobs].toSorted() });
    const short = freshRequestId();
    const request = { ...both, amount: { asset: "gold", units: 1_000_000n }, validateOnly: true };
    expect(await reasonOf(shop.wallet.transfer(request, tagged(short)))).to.equal("INSUFFICIENT_FUNDS");
    expect(await entryOf(app, short)).to.deep.include({
      kind: "REFUSAL",
      errorReason: "INSUFFICIENT_FUNDS",
      holderIds: ["alice", "bob"],
    });
  });

  it("records each movement of a batch, also those that never reached the ledger", async () => {
    const item = (idempotencyKey: string, to: string, units: bigint) => ({
      idempotencyKey: `${requestId}-${idempotencyKey}`,
      movement: {
        kind: {
          case: "transfer" as const,
          value: { source: ofHolder("alice"), destination: ofHolder(to), amount: { asset: "gold", units } },
        },
      },
    });
    const items = [item("good", "bob", 1n), item("self", "alice", 1n), item("short", "bob", 1_000_000n)];
    await shop.wallet.executeBatch({ items, mode: BatchMode.INDEPENDENT }, tagged(requestId));
    const entries = (await entriesOf(app, requestId, 4)).map(readable);
    expect(entries.map(({ kind, method, errorReason }) => [kind, method, errorReason])).to.have.deep.members([
      ["ADMINISTRATION", `${wallet}/ExecuteBatch`, ""],
      ["MOVEMENT", `${wallet}/Transfer`, ""],
      ["REFUSAL", `${wallet}/Transfer`, "INSUFFICIENT_FUNDS"],
      ["REFUSAL", `${wallet}/ExecuteBatch`, "SAME_WALLET"],
    ]);
  });

  it("records an atomic batch that was refused as one refusal, of those whom its movement concerned", async () => {
    const value = { ...both, amount: { asset: "gold", units: 1_000_000n } };
    const items = [
      { idempotencyKey: `${requestId}-1`, movement: { kind: { case: "transfer" as const, value } } },
    ];
    await shop.wallet.executeBatch({ items, mode: BatchMode.ATOMIC }, tagged(requestId));
    expect(await entryOf(app, requestId)).to.deep.include({
      kind: "REFUSAL",
      method: `${wallet}/ExecuteBatch`,
      errorReason: "INSUFFICIENT_FUNDS",
      holderIds: ["alice", "bob"],
    });
  });

  it("records each movement of a stream that never reached the ledger", async () => {
    const to = (holderId: string) => ({
      kind: {
        case: "transfer" as const,
        value: { source: ofHolder("alice"), destination: ofHolder(holderId), amount },
      },
    });
    async function* items() {
      yield { itemNumber: 1n, idempotencyKey: `${requestId}-good`, movement: to("bob") };
      yield { itemNumber: 2n, idempotencyKey: `${requestId}-self`, movement: to("alice") };
      yield { itemNumber: 3n, idempotencyKey: "", movement: to("bob") };
    }
    const answers = [];
    for await (const answer of shop.wallet.executeStream(items(), tagged(requestId))) answers.push(answer);
    expect(answers).to.have.lengthOf(3);
    const entries = (await entriesOf(app, requestId, 3)).map(readable);
    expect(entries.map(({ kind, method, errorReason }) => [kind, method, errorReason])).to.have.deep.members([
      ["MOVEMENT", `${wallet}/Transfer`, ""],
      ["REFUSAL", `${wallet}/ExecuteStream`, "SAME_WALLET"],
      ["REFUSAL", `${wallet}/ExecuteStream`, "IDEMPOTENCY_KEY_MISSING"],
    ]);
  });
});

/** The key of one call with the request id of another. */
function keyedAlike({ headers }: ReturnType<typeof tagged>, requestId: string): ReturnType<typeof tagged> {
  return { headers: { ...headers, "x-request-id": requestId } };
}
