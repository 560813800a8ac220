import { expect } from "chai";
import { systemWalletId } from "../../src/ledger/wallet.js";
import { expectSound, keyed, reasonOf, type TestApp, type TestClients } from "../support/app.js";
import {
  adminService as admin,
  alices,
  amount,
  bobs,
  both,
  entriesOf,
  entryOf,
  freshRequestId,
  type ReadableEntry,
  readable,
  startAudited,
  tagged,
  usual,
  walletService as wallet,
} from "../support/audit.js";
import { givenExpired, givenHold, ofHolder } from "../support/given.js";

describe("the audit log", () => {
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

  it("says of a movement who made it, for whom, from where, and whom it concerned", async () => {
    const { transaction } = await shop.wallet.transfer({ ...both, amount }, tagged(requestId));
    expect(await entryOf(app, requestId)).to.deep.equal({
      ...usual,
      onBehalfOf: "alice",
      holderIds: ["alice", "bob"],
      walletIds: [alices, bobs].toSorted(),
      transactionId: transaction?.id,
      requestId,
    });
  });

  it("dates an entry by the time at which it happened, and names it after that time", async () => {
    const { transaction } = await shop.wallet.transfer({ ...both, amount }, tagged(requestId));
    const [entry] = await entriesOf(app, requestId);
    expect(entry?.createTime).to.deep.equal(transaction?.createTime);
    const named = Number.parseInt(entry?.id.replace("-", "").slice(0, 12) ?? "", 16);
    expect(named).to.be.closeTo(Number(entry?.createTime?.seconds) * 1_000, 2_000);
  });

  it("says of a holder's own movement that nobody made it in its name", async () => {
    const alice = app.as("holder", "alice").wallet;
    const { transaction } = await alice.transfer({ destination: ofHolder("bob"), amount }, tagged(requestId));
    expect(await entryOf(app, requestId)).to.deep.include({
      kind: "MOVEMENT",
      caller: "wallet|holder|alice",
      onBehalfOf: "",
      holderIds: ["alice", "bob"],
      transactionId: transaction?.id,
    });
  });

  it("says of a hold whose it is, although no transaction does", async () => {
    const request = { wallet: ofHolder("alice"), amount };
    const { hold } = await shop.wallet.authorizeHold(request, tagged(requestId));
    expect(await entryOf(app, requestId)).to.deep.equal({
      ...usual,
      method: `${wallet}/AuthorizeHold`,
      onBehalfOf: "alice",
      holderIds: ["alice"],
      walletIds: [alices],
      resourceId: hold?.id,
      requestId,
    });
    const voided = freshRequestId();
    await shop.wallet.voidHold({ holdId: hold?.id ?? "", reason: "changed my mind" }, tagged(voided));
    expect(await entryOf(app, voided)).to.deep.include({ reason: "changed my mind", walletIds: [alices] });
  });

  it("says of a movement that the ledger refused why, and whom it would have concerned", async () => {
    const request = { ...both, amount: { asset: "gold", units: 1_000_000n } };
    expect(await reasonOf(shop.wallet.transfer(request, tagged(requestId)))).to.equal("INSUFFICIENT_FUNDS");
    const { transactions } = await shop.wallet.listTransactions({ holderId: "alice" });
    expect(await entryOf(app, requestId)).to.deep.equal({
      ...usual,
      kind: "REFUSAL",
      onBehalfOf: "alice",
      errorReason: "INSUFFICIENT_FUNDS",
      holderIds: ["alice", "bob"],
      walletIds: [alices, bobs].toSorted(),
      transactionId: transactions[0]?.id,
      requestId,
    });
  });

  it("says of an act what it was done to, and the reason that was given", async () => {
    const operator = app.as("operator", "olga").admin;
    await operator.freezeWallet(
      { wallet: ofHolder("bob"), asset: "gold", reason: "asked to" },
      tagged(requestId),
    );
    const frozen: ReadableEntry = {
      ...usual,
      kind: "ADMINISTRATION",
      caller: "wallet|operator|olga",
      method: `${admin}/FreezeWallet`,
      holderIds: ["bob"],
      walletIds: [bobs],
      resourceId: bobs,
      reason: "asked to",
      requestId,
    };
    expect(await entryOf(app, requestId)).to.deep.equal(frozen);
    await operator.unfreezeWallet({ wallet: ofHolder("bob"), asset: "gold", reason: "over" }, keyed());
    const suspended = freshRequestId();
    await operator.suspendHolder({ holderId: "bob", reason: "asked to" }, tagged(suspended));
    expect(await entryOf(app, suspended)).to.deep.equal({
      ...frozen,
      method: `${admin}/SuspendHolder`,
      walletIds: [],
      resourceId: "bob",
      requestId: suspended,
    });
    await operator.reactivateHolder({ holderId: "bob", reason: "over" }, keyed());
  });

  it("says of an act on a job whose it is, which shows only under its lock", async () => {
    const { job } = await shop.wallet.spend(
      { wallet: ofHolder("alice"), amount, job: { kind: "print" } },
      keyed(),
    );
    await shop.wallet.startJob({ jobId: job?.id ?? "" }, tagged(requestId));
    expect(await entryOf(app, requestId)).to.deep.include({
      kind: "ADMINISTRATION",
      holderIds: ["alice"],
      walletIds: [alices],
      resourceId: job?.id,
    });
    const again = freshRequestId();
    expect(await reasonOf(shop.wallet.startJob({ jobId: job?.id ?? "" }, tagged(again)))).to.equal(
      "JOB_STATE",
    );
    expect(await entryOf(app, again)).to.deep.include({ kind: "REFUSAL", walletIds: [alices] });
  });

  it("says of a read whose data it was", async () => {
    await shop.wallet.getBalance({ wallet: ofHolder("alice"), asset: "gold" }, tagged(requestId));
    expect(await entryOf(app, requestId)).to.deep.equal({
      ...usual,
      kind: "READ",
      method: `${wallet}/GetBalance`,
      holderIds: ["alice"],
      walletIds: [alices],
      requestId,
    });
  });

  it("records a queued movement twice: its acceptance, and what became of it, from the address that asked", async () => {
    const movement = { kind: { case: "transfer" as const, value: { ...both, amount } } };
    await shop.wallet.enqueueTransaction({ movement }, tagged(requestId));
    const [applied, accepted] = (await entriesOf(app, requestId, 2)).map(readable);
    const wallets = [alices, bobs].toSorted();
    expect(accepted).to.deep.equal({
      ...usual,
      kind: "ADMINISTRATION",
      method: `${wallet}/EnqueueTransaction`,
      holderIds: ["alice", "bob"],
      walletIds: wallets,
      resourceId: accepted?.resourceId,
      requestId,
    });
    expect(applied).to.deep.equal({
      ...usual,
      method: `${wallet}/EnqueueTransaction`,
      onBehalfOf: "alice",
      holderIds: ["alice", "bob"],
      walletIds: wallets,
      transactionId: accepted?.resourceId,
      requestId,
    });
  });

  it("says that the service itself releases a hold whose time has run out", async () => {
    const holdId = await givenHold(app, "alice", "gold", 5n);
    await givenExpired(app, holdId);
    await app.as("operator").admin.sweepExpired({}, keyed());
    const { auditEntries } = await app.as("auditor").admin.listAuditEntries({ method: "hold_expiry" });
    const [entry] = auditEntries.map(readable);
    expect(entry).to.deep.equal({
      ...usual,
      caller: "|service|wallet",
      remoteAddress: "",
      method: "hold_expiry",
      holderIds: ["alice"],
      walletIds: [alices],
      resourceId: holdId,
      requestId: entry?.requestId,
    });
  });

  it("tells of a correction on whose wallets value moved back", async () => {
    const { transaction } = await shop.wallet.spend({ wallet: ofHolder("alice"), amount }, keyed());
    const refund = { transactionId: transaction?.id ?? "", amount };
    await shop.wallet.refundTransaction(refund, tagged(requestId));
    expect(await entryOf(app, requestId)).to.deep.include({
      holderIds: ["alice"],
      walletIds: [alices, systemWalletId("gold", "REVENUE")].toSorted(),
    });
  });
});
