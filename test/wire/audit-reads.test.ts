import { expect } from "chai";
import { holderWalletId } from "../../src/ledger/wallet.js";
import { policy } from "../../src/rpc/access/policy.js";
import { servedRpcs } from "../architecture/served.js";
import { givenAnomaly } from "../support/anomalies.js";
import { expectSound, keyed, refusalOf, startApp, type TestApp, type TestClients } from "../support/app.js";
import { entriesOf, entryOf, freshRequestId, type ReadableEntry, tagged } from "../support/audit.js";
import { givenAsset, givenFunds, givenHold, givenHolder, givenSpend, ofHolder } from "../support/given.js";
import { type KeyFile, keyFile } from "../support/key-file.js";

type Options = ReturnType<typeof tagged>;

/** What there is to be read: a holder with one of everything. */
interface Things {
  readonly walletId: string;
  readonly holdId: string;
  readonly jobId: string;
  readonly transactionId: string;
  readonly anomalyId: string;
  readonly key: string;
}

/** A read, and what of it its entry has to name. */
interface Read {
  readonly call: (by: TestClients, things: Things, options: Options) => Promise<unknown>;
  readonly named: (things: Things) => Partial<ReadableEntry>;
}

const holder = ofHolder("alice");
const ofWallet = { wallet: holder, asset: "gold" };
const alice = { holderIds: ["alice"] };
const aliceAndWallet = ({ walletId }: Things) => ({ ...alice, walletIds: [walletId] });
const nobody = () => ({ holderIds: [], walletIds: [], resourceId: "" });

/** Every RPC that reads data of holders. A list without a holder or a wallet among its filters concerns nobody by name. */
const reads: Record<string, Read> = {
  GetHolder: { call: (by, _, o) => by.wallet.getHolder({ holderId: "alice" }, o), named: () => alice },
  ListHolders: { call: (by, _, o) => by.wallet.listHolders({}, o), named: nobody },
  GetWallet: { call: (by, _, o) => by.wallet.getWallet(ofWallet, o), named: aliceAndWallet },
  ListWallets: { call: (by, _, o) => by.wallet.listWallets({ holderId: "alice" }, o), named: () => alice },
  GetBalance: { call: (by, _, o) => by.wallet.getBalance(ofWallet, o), named: aliceAndWallet },
  BatchGetBalances: {
    call: (by, _, o) => by.wallet.batchGetBalances({ queries: [ofWallet] }, o),
    named: aliceAndWallet,
  },
  GetOperation: {
    call: (by, { key }, o) =>
      by.wallet.getOperation({ idempotencyKey: key, caller: "wallet|service|service-1" }, o),
    named: ({ transactionId }) => ({ ...alice, resourceId: transactionId }),
  },
  WatchOperation: {
    call: (by, { key }, o) =>
      firstOf(by.wallet.watchOperation({ idempotencyKey: key, caller: "wallet|service|service-1" }, o)),
    named: ({ transactionId }) => ({ ...alice, resourceId: transactionId }),
  },
  GetHold: {
    call: (by, { holdId }, o) => by.wallet.getHold({ holdId }, o),
    named: (things) => ({ ...aliceAndWallet(things), resourceId: things.holdId }),
  },
  ListHolds: { call: (by, _, o) => by.wallet.listHolds({ holderId: "alice" }, o), named: () => alice },
  GetJob: {
    call: (by, { jobId }, o) => by.wallet.getJob({ jobId }, o),
    named: (things) => ({ ...aliceAndWallet(things), resourceId: things.jobId }),
  },
  ListJobs: { call: (by, _, o) => by.wallet.listJobs({ holderId: "alice" }, o), named: () => alice },
  GetTransaction: {
    call: (by, { transactionId }, o) => by.wallet.getTransaction({ transactionId }, o),
    named: ({ transactionId }) => ({ ...alice, resourceId: transactionId }),
  },
  ListTransactions: {
    call: (by, _, o) => by.wallet.listTransactions({ holderId: "alice" }, o),
    named: () => alice,
  },
  ListPostings: { call: (by, _, o) => by.wallet.listPostings(ofWallet, o), named: aliceAndWallet },
  GetStatement: { call: (by, _, o) => by.wallet.getStatement(ofWallet, o), named: aliceAndWallet },
  ExportStatement: {
    call: (by, _, o) => firstOf(by.wallet.exportStatement(ofWallet, o)),
    named: aliceAndWallet,
  },
  WatchWallet: { call: (by, _, o) => firstOf(by.wallet.watchWallet(ofWallet, o)), named: aliceAndWallet },
  WatchTransactions: {
    call: (by, _, o) => firstOf(by.wallet.watchTransactions({ holderId: "alice" }, o)),
    named: () => alice,
  },
  CheckIntegrity: { call: (by, _, o) => firstOf(by.admin.checkIntegrity({}, o)), named: nobody },
  GetPostingProof: {
    call: (by, _, o) => by.admin.getPostingProof({ ...ofWallet, postingSeq: 1n }, o),
    named: aliceAndWallet,
  },
  ListAnomalies: { call: (by, _, o) => by.admin.listAnomalies({ holderId: "alice" }, o), named: () => alice },
  GetAnomaly: {
    call: (by, { anomalyId }, o) => by.admin.getAnomaly({ anomalyId }, o),
    named: (things) => ({ ...aliceAndWallet(things), resourceId: things.anomalyId }),
  },
  ListAuditEntries: {
    call: (by, _, o) => by.admin.listAuditEntries({ holderId: "alice" }, o),
    named: () => alice,
  },
};

describe("a read of other holders' data", () => {
  let app: TestApp;
  let things: Things;
  let key: KeyFile;

  before(async () => {
    key = keyFile();
    app = await startApp({ env: { CHECKPOINT_KEY_FILE: key.path, CHECKPOINT_INTERVAL_HOURS: "0" } });
    await givenAsset(app, "gold");
    await givenHolder(app, "alice");
    const walletId = await givenFunds(app, "alice", "gold", 1_000n);
    const holdId = await givenHold(app, "alice", "gold", 10n);
    await givenSpend(app, "alice", "gold", 1n);
    const options = keyed();
    const { job, transaction } = await app
      .as("service")
      .wallet.spend(
        { wallet: holder, amount: { asset: "gold", units: 5n }, job: { kind: "print" } },
        options,
      );
    const transactionId = transaction?.id ?? "";
    await app.as("admin").admin.createCheckpoint({}, keyed());
    const anomalyId = await givenAnomaly(app.database, {
      walletId,
      holderId: "alice",
      transactionIds: [transactionId],
    });
    things = {
      walletId,
      holdId,
      jobId: job?.id ?? "",
      transactionId,
      anomalyId,
      key: options.headers["idempotency-key"],
    };
  });
  after(async () => {
    await app.close();
    key.remove();
  });
  afterEach(() => expectSound(app));

  const ofHolders = Object.entries(policy).flatMap(([service, rules]) =>
    Object.entries(rules).flatMap(([name, rule]) =>
      rule.ofHolders ? [{ name, method: `${service}/${name}` }] : [],
    ),
  );

  it("is every RPC with such an answer that is served, each with a row here", () => {
    const served = new Set(servedRpcs());
    const expected = ofHolders.map(({ name }) => name).filter((name) => served.has(name));
    expect(Object.keys(reads)).to.have.members(expected);
  });

  for (const { name, method } of ofHolders.filter((rpc) => rpc.name in reads)) {
    it(`by ${name} goes on record once, with whom it concerns`, async () => {
      const requestId = freshRequestId();
      await reads[name]?.call(app.as("auditor", "anna"), things, tagged(requestId));
      const entry = await entryOf(app, requestId);
      const expected = reads[name]?.named(things) ?? {};
      expect(entry).to.deep.include({
        kind: "READ",
        caller: "wallet|auditor|anna",
        remoteAddress: "127.0.0.1",
        method,
        errorReason: "",
        requestId,
        ...expected,
      });
    });
  }

  it("is not a look at assets, which are nobody's", async () => {
    const [asset, list, last] = [freshRequestId(), freshRequestId(), freshRequestId()];
    const auditor = app.as("auditor").wallet;
    await auditor.getAsset({ code: "gold" }, tagged(asset));
    await auditor.listAssets({}, tagged(list));
    await auditor.getHolder({ holderId: "alice" }, tagged(last));
    await entryOf(app, last);
    expect(await entriesOf(app, asset, 0)).to.deep.equal([]);
    expect(await entriesOf(app, list, 0)).to.deep.equal([]);
  });

  it("that fails tells what was asked for", async () => {
    const requestId = freshRequestId();
    const call = app
      .as("service", "shop")
      .wallet.getWallet({ wallet: ofHolder("nobody"), asset: "gold" }, tagged(requestId));
    await call.catch(() => {});
    expect(await entryOf(app, requestId)).to.deep.include({
      kind: "REFUSAL",
      errorReason: "HOLDER_NOT_FOUND",
      holderIds: ["nobody"],
      walletIds: [holderWalletId("gold", "nobody")],
    });
  });

  it("by a stream goes on record when it begins, while it goes on", async () => {
    const requestId = freshRequestId();
    const stream = app.as("service", "shop").wallet.watchWallet(ofWallet, tagged(requestId));
    const messages = stream[Symbol.asyncIterator]();
    await messages.next();
    expect(await entryOf(app, requestId)).to.deep.include({ kind: "READ", holderIds: ["alice"] });
    await messages.return?.();
    expect(await entriesOf(app, requestId)).to.have.lengthOf(1);
  });

  it("is on record within a second", async () => {
    const usual = await startApp({ database: app.database, auditLimits: {} });
    const requestId = freshRequestId();
    await usual.as("service", "shop").wallet.getBalance(ofWallet, tagged(requestId));
    const answeredMs = performance.now();
    await entryOf(app, requestId);
    expect(performance.now() - answeredMs).to.be.lessThan(1_000);
    await usual.close();
  });

  it("is refused when it could not go on record, unless its form is wrong, or it is the holder's own", async () => {
    const full = await startApp({
      database: app.database,
      auditLimits: { flushMs: 600_000, readsMax: 1 },
    });
    const shop = full.as("service", "shop").wallet;
    await shop.getBalance(ofWallet);
    const requestId = freshRequestId();
    const refusal = await refusalOf(shop.getBalance(ofWallet, tagged(requestId)));
    expect(refusal).to.deep.include({
      code: "ResourceExhausted",
      reason: "OVERLOADED",
      metadata: { queue_max: "1" },
      retryable: true,
    });
    expect((await refusalOf(firstOf(shop.watchWallet(ofWallet)))).reason).to.equal("OVERLOADED");
    const { wallet } = ofWallet;
    expect((await refusalOf(shop.getBalance({ wallet, asset: "No Slug" }))).reason).to.equal("INVALID_FIELD");
    const { balance } = await full.as("holder", "alice").wallet.getBalance({ asset: "gold" });
    expect(balance?.posted?.units).to.equal(994n);
    await full.close();
    expect(await entryOf(app, requestId)).to.deep.include({
      kind: "REFUSAL",
      errorReason: "OVERLOADED",
      ...alice,
    });
  });

  it("is on record when the service has stopped, however soon after", async () => {
    const stopping = await startApp({ database: app.database, auditLimits: { flushMs: 600_000 } });
    const requestId = freshRequestId();
    await stopping.as("service", "shop").wallet.getBalance(ofWallet, tagged(requestId));
    await stopping.close();
    expect(await entriesOf(app, requestId)).to.have.lengthOf(1);
  });
});

/** Reads the first message of a stream, and goes away. */
async function firstOf<Message>(stream: AsyncIterable<Message>): Promise<Message | undefined> {
  for await (const message of stream) return message;
  return undefined;
}
