import type { MessageInitShape } from "@bufbuild/protobuf";
import { expect } from "chai";
import {
  type AuditEntry,
  AuditKind,
  type ListAuditEntriesRequestSchema,
} from "../../src/gen/wallet/v1/audit_pb.js";
import { holderWalletId } from "../../src/ledger/wallet.js";
import { expectSound, keyed, reasonOf, startApp, type TestApp, type TestClients } from "../support/app.js";
import { entriesOf, freshRequestId, tagged } from "../support/audit.js";
import { givenAsset, givenFunds, givenHolder, ofHolder } from "../support/given.js";

type Filter = MessageInitShape<typeof ListAuditEntriesRequestSchema>;

const service = "wallet.v1.WalletService";
const amount = { asset: "gold", units: 10n };
const [alices, bobs] = [holderWalletId("gold", "alice"), holderWalletId("gold", "bob")];

describe("the list of audit entries", () => {
  let app: TestApp;
  let auditor: TestClients["admin"];
  /** The requests that were made, in order, by what they were. */
  const requests = {
    moved: freshRequestId(),
    own: freshRequestId(),
    refused: freshRequestId(),
    read: freshRequestId(),
    forbidden: freshRequestId(),
    frozen: freshRequestId(),
    queued: freshRequestId(),
  };
  let transactionId: string;

  before(async () => {
    app = await startApp({ queue: {} });
    auditor = app.as("auditor", "anna").admin;
    await givenAsset(app, "gold");
    for (const id of ["alice", "bob", "carol"]) await givenHolder(app, id);
    await givenFunds(app, "alice", "gold", 1_000n);
    await givenFunds(app, "carol", "gold", 1_000n);
    const shop = app.as("service", "shop").wallet;
    const toBob = { destination: ofHolder("bob"), amount };
    const { transaction } = await shop.transfer(
      { ...toBob, source: ofHolder("alice") },
      tagged(requests.moved),
    );
    transactionId = transaction?.id ?? "";
    await app.as("holder", "carol").wallet.transfer(toBob, tagged(requests.own));
    const short = { ...toBob, source: ofHolder("alice"), amount: { asset: "gold", units: 1_000_000n } };
    await reasonOf(shop.transfer(short, tagged(requests.refused)));
    await shop.getBalance({ wallet: ofHolder("alice"), asset: "gold" }, tagged(requests.read));
    await reasonOf(
      app.as("holder", "bob").wallet.getHolder({ holderId: "alice" }, tagged(requests.forbidden)),
    );
    const freezing = { wallet: ofHolder("bob"), asset: "gold", reason: "asked to" };
    await app.as("operator", "olga").admin.freezeWallet(freezing, tagged(requests.frozen));
    await app.as("operator").admin.unfreezeWallet(freezing, keyed());
    const movement = { kind: { case: "transfer" as const, value: { ...toBob, source: ofHolder("alice") } } };
    await shop.enqueueTransaction({ movement }, tagged(requests.queued));
    for (const requestId of [requests.read, requests.forbidden]) await entriesOf(app, requestId);
    await entriesOf(app, requests.queued, 2);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const list = async (filter: Filter): Promise<AuditEntry[]> =>
    (await auditor.listAuditEntries(filter)).auditEntries;

  /** What was found, newest first, by the names of the requests; what the tests read themselves is left out. */
  async function found(filter: Filter): Promise<string[]> {
    const names = new Map(Object.entries(requests).map(([name, id]) => [id, name]));
    return (await list({ pageSize: 500, ...filter })).flatMap(({ requestId }) => names.get(requestId) ?? []);
  }

  const all = ["queued", "queued", "frozen", "forbidden", "read", "refused", "own", "moved"];

  it("has all of them, newest first", async () => {
    expect(await found({})).to.have.members(all);
    const ids = (await list({ pageSize: 500 })).map(({ id }) => id);
    expect(ids).to.deep.equal(ids.toSorted().reverse());
  });

  it("is filtered by the kind", async () => {
    expect(await found({ kind: AuditKind.MOVEMENT })).to.deep.equal(["queued", "own", "moved"]);
    expect(await found({ kind: AuditKind.REFUSAL })).to.have.members(["forbidden", "refused"]);
    expect(await found({ kind: AuditKind.ADMINISTRATION })).to.deep.equal(["queued", "frozen"]);
    expect(await found({ kind: AuditKind.READ })).to.deep.equal(["read"]);
  });

  it("is filtered by the caller", async () => {
    expect(await found({ caller: "wallet|operator|olga" })).to.deep.equal(["frozen"]);
    expect(await found({ caller: "wallet|holder|carol" })).to.deep.equal(["own"]);
    expect(await found({ caller: "wallet|service|nobody" })).to.deep.equal([]);
  });

  it("is filtered by the holder concerned, whose data it was or whose wallet moved", async () => {
    const alices = ["queued", "queued", "forbidden", "read", "refused", "moved"];
    expect(await found({ holderId: "alice" })).to.have.members(alices);
    expect(await found({ holderId: "carol" })).to.deep.equal(["own"]);
    expect(await found({ holderId: "nobody" })).to.deep.equal([]);
  });

  it("is filtered by the wallet concerned, whether the entry names it or its transaction", async () => {
    const bobsOwn = ["queued", "queued", "frozen", "refused", "own", "moved"];
    expect(await found({ walletId: bobs })).to.have.members(bobsOwn);
    expect(await found({ walletId: bobs.toUpperCase() })).to.have.members(bobsOwn);
    expect(await found({ walletId: bobs, kind: AuditKind.MOVEMENT })).to.deep.equal([
      "queued",
      "own",
      "moved",
    ]);
    expect(await found({ walletId: bobs, kind: AuditKind.ADMINISTRATION })).to.deep.equal([
      "queued",
      "frozen",
    ]);
  });

  it("is filtered by a wallet and a holder together, which need not be its own", async () => {
    expect(await found({ walletId: bobs, holderId: "carol" })).to.deep.equal(["own"]);
    expect(await found({ walletId: alices, holderId: "carol" })).to.deep.equal([]);
    expect(await found({ walletId: bobs, holderId: "alice", caller: "wallet|service|shop" })).to.have.members(
      ["queued", "queued", "refused", "moved"],
    );
  });

  it("is filtered by the transaction, also of one that was queued", async () => {
    expect(await found({ transactionId })).to.deep.equal(["moved"]);
    expect(await found({ transactionId, holderId: "alice", walletId: bobs })).to.deep.equal(["moved"]);
    expect(await found({ transactionId, holderId: "carol" })).to.deep.equal([]);
    const [applied] = await entriesOf(app, requests.queued, 2);
    expect(await found({ transactionId: applied?.transactionId ?? "" })).to.deep.equal(["queued"]);
  });

  it("is filtered by the method", async () => {
    const transfers = ["refused", "own", "moved"];
    expect(await found({ method: `${service}/Transfer` })).to.have.members(transfers);
    expect(await found({ method: `${service}/EnqueueTransaction` })).to.deep.equal(["queued", "queued"]);
  });

  it("is filtered by the error reason", async () => {
    expect(await found({ errorReason: "INSUFFICIENT_FUNDS" })).to.deep.equal(["refused"]);
    expect(await found({ errorReason: "NOT_YOUR_WALLET" })).to.deep.equal(["forbidden"]);
    expect(await found({ errorReason: "NOT_YOUR_WALLET", holderId: "alice" })).to.deep.equal(["forbidden"]);
    expect(await found({ errorReason: "NOT_YOUR_WALLET", kind: AuditKind.READ })).to.deep.equal([]);
  });

  it("is filtered by the request, with every other filter as well", async () => {
    expect(await found({ requestId: requests.moved })).to.deep.equal(["moved"]);
    expect(await found({ requestId: requests.queued })).to.deep.equal(["queued", "queued"]);
    expect(await found({ requestId: requests.queued, holderId: "alice", walletId: bobs })).to.have.lengthOf(
      2,
    );
    expect(await found({ requestId: requests.moved, holderId: "carol" })).to.deep.equal([]);
    expect(await found({ requestId: requests.moved, walletId: bobs })).to.deep.equal(["moved"]);
  });

  it("is filtered by the time: from the start, to before the end", async () => {
    const [moved] = await entriesOf(app, requests.moved);
    const time = moved?.createTime ?? expect.fail("an entry without its time");
    const after = { ...time, nanos: time.nanos + 1_000 };
    expect(await found({ startTime: time })).to.have.members(all);
    expect(await found({ startTime: after })).to.have.members(all.slice(0, -1));
    expect(await found({ endTime: after })).to.deep.equal(["moved"]);
    expect(await found({ endTime: time })).to.deep.equal([]);
    expect(await found({ startTime: time, endTime: after, walletId: bobs })).to.deep.equal(["moved"]);
  });

  for (const [name, filter] of Object.entries({
    "of all of them": {},
    "of a wallet": { walletId: bobs },
    "of a holder": { holderId: "alice", kind: AuditKind.MOVEMENT },
  } satisfies Record<string, Filter>)) {
    it(`goes on page by page where it stopped, ${name}, whatever is added meanwhile`, async () => {
      const first = await list({ ...filter, pageSize: 500 });
      const paged: AuditEntry[] = [];
      let pageToken = "";
      do {
        const page = await auditor.listAuditEntries({ ...filter, pageSize: 2, pageToken });
        paged.push(...page.auditEntries);
        pageToken = page.nextPageToken;
        await app
          .as("service", "shop")
          .wallet.transfer({ source: ofHolder("alice"), destination: ofHolder("bob"), amount }, keyed());
      } while (pageToken !== "");
      const before = new Set(first.map(({ id }) => id));
      expect(paged.map(({ id }) => id).filter((id) => before.has(id))).to.deep.equal([...before]);
      expect(new Set(paged.map(({ id }) => id)).size).to.equal(paged.length);
    });
  }

  it("takes no page token of another query", async () => {
    const { nextPageToken: pageToken } = await auditor.listAuditEntries({ pageSize: 1 });
    expect(await reasonOf(auditor.listAuditEntries({ pageToken, kind: AuditKind.READ }))).to.equal(
      "PAGE_TOKEN_INVALID",
    );
  });

  it("is itself a read that goes on record, with what it was filtered by", async () => {
    const requestId = freshRequestId();
    await auditor.listAuditEntries({ holderId: "carol", walletId: bobs, transactionId }, tagged(requestId));
    const [entry] = await entriesOf(app, requestId);
    expect(entry).to.deep.include({
      kind: AuditKind.READ,
      caller: "wallet|auditor|anna",
      holderIds: ["bob", "carol"],
      walletIds: [bobs],
      resourceId: transactionId,
      transactionId: "",
    });
  });
});
