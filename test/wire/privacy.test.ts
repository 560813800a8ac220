import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { expect } from "chai";
import {
  expectSound,
  keyed,
  reasonOf,
  refusalOf,
  refusalsOf,
  startApp,
  type TestApp,
  type TestClients,
} from "../support/app.js";
import { givenAsset, givenFunds, givenHolder, ofHolder, ofWallet } from "../support/given.js";
import { openSession } from "../support/postgres.js";

describe("what a holder may see and do", () => {
  let app: TestApp;
  let alice: TestClients;
  let bob: TestClients;
  let aliceWallet: string;
  let bobWallet: string;

  before(async () => {
    app = await startApp();
    await givenAsset(app, "gold");
    for (const id of ["alice", "bob"]) await givenHolder(app, id);
    aliceWallet = await givenFunds(app, "alice", "gold", 1_000n);
    bobWallet = await givenFunds(app, "bob", "gold", 777n);
    alice = app.as("holder", "alice");
    bob = app.as("holder", "bob");
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  it("moves from its own wallet, which it need not name", async () => {
    const { transaction } = await alice.wallet.transfer(
      { destination: ofHolder("bob"), amount: { asset: "gold", units: 1n } },
      keyed(),
    );
    expect(transaction).to.include({ sourceWalletId: aliceWallet, destinationWalletId: bobWallet });
    expect(transaction).to.include({ initiatedBy: "wallet|holder|alice", onBehalfOf: "" });
    expect(
      (await alice.wallet.spend({ amount: { asset: "gold", units: 1n } }, keyed())).balances,
    ).to.have.length(1);
  });

  it("never sees another's balance, posting or version in an answer", async () => {
    const request = { destination: ofHolder("bob"), amount: { asset: "gold", units: 2n } };
    const moved = await alice.wallet.transfer(request, keyed("secret"));
    const transactionId = moved.transaction?.id ?? "";
    const answers = [
      moved,
      await alice.wallet.transfer(request, keyed("secret")),
      await alice.wallet.transfer({ ...request, validateOnly: true }, keyed()),
      await alice.wallet.getTransaction({ transactionId }),
      await alice.wallet.listTransactions({}),
      await alice.wallet.getOperation({ idempotencyKey: "secret" }),
      await alice.wallet.listWallets({}),
      await alice.wallet.listPostings({ asset: "gold" }),
    ];
    for (const answer of answers) {
      const wallets = new Set(valuesOf(answer, "walletId"));
      expect([...wallets].filter((id) => id !== aliceWallet)).to.deep.equal([]);
      const figures = JSON.stringify(answer, (_, value) => (typeof value === "bigint" ? `${value}` : value));
      expect(figures).not.to.match(/"77\d"|"78\d"/);
    }
    const seen = await bob.wallet.getTransaction({ transactionId });
    expect(seen.transaction?.postings.map(({ walletId }) => walletId)).to.deep.equal([bobWallet]);
  });

  it("learns nothing of another's wallet, whether it exists or not", async () => {
    const nobodys = "00000000-0000-5000-8000-000000000000";
    for (const wallet of [ofHolder("bob"), ofHolder("nobody"), ofWallet(bobWallet), ofWallet(nobodys)]) {
      const calls = [
        alice.wallet.getWallet({ wallet, asset: "gold" }),
        alice.wallet.getBalance({ wallet, asset: "gold" }),
        alice.wallet.batchGetBalances({ queries: [{ wallet, asset: "gold" }] }),
        alice.wallet.listPostings({ wallet, asset: "gold" }),
        alice.wallet.listTransactions({ wallet, asset: "gold" }),
        alice.wallet.spend({ wallet, amount: { asset: "gold", units: 1n } }, keyed()),
        alice.wallet.transfer(
          { source: wallet, destination: ofHolder("alice"), amount: { asset: "gold", units: 1n } },
          keyed(),
        ),
      ];
      for (const refusal of await refusalsOf(calls)) {
        expect(refusal).to.deep.include({
          code: "PermissionDenied",
          reason: "NOT_YOUR_WALLET",
        });
      }
    }
    expect(await reasonOf(alice.wallet.listWallets({ holderId: "bob" }))).to.equal("NOT_YOUR_WALLET");
    expect(await reasonOf(alice.wallet.listTransactions({ holderId: "bob" }))).to.equal("NOT_YOUR_WALLET");
  });

  it("is refused a list of another's wallet before anything is read that would take longer for more", async () => {
    const stranger = await openSession(app.database.ownerUrl);
    try {
      await stranger.query("begin; lock table postings, transactions in access exclusive mode");
      const wallet = ofWallet(bobWallet);
      const span = { startTime: timestampFromDate(new Date(0)) };
      const lists = [
        alice.wallet.listPostings({ wallet, ...span }),
        alice.wallet.listTransactions({ wallet }),
      ];
      for (const refusal of await refusalsOf(lists)) expect(refusal.reason).to.equal("NOT_YOUR_WALLET");
    } finally {
      await stranger.end();
    }
  });

  it("gets the same answer for a stranger's transaction as for one that does not exist", async () => {
    const { transactions } = await bob.wallet.listTransactions({ pageSize: 500 });
    const own = transactions.find(({ sourceWalletId }) => sourceWalletId !== aliceWallet)?.id ?? "";
    const stranger = await refusalOf(alice.wallet.getTransaction({ transactionId: own }));
    const missing = await refusalOf(
      alice.wallet.getTransaction({ transactionId: "01900000-0000-7000-8000-000000000000" }),
    );
    expect(stranger).to.deep.equal(missing);
    expect(stranger.reason).to.equal("NOT_YOUR_WALLET");
  });

  it("does not learn of attempts that were refused on the other side", async () => {
    await refusalOf(
      alice.wallet.transfer(
        { destination: ofHolder("bob"), amount: { asset: "gold", units: 99_999n } },
        keyed(),
      ),
    );
    const { transactions } = await bob.wallet.listTransactions({});
    expect(transactions.map(({ refusedReason }) => refusedReason)).to.not.include("INSUFFICIENT_FUNDS");
  });

  it("is refused at the RPCs of other roles before anything is looked up", async () => {
    const topUp = alice.wallet.topUp({ amount: { asset: "gold", units: 1n } }, keyed());
    expect(await refusalOf(topUp)).to.deep.include({ code: "PermissionDenied", reason: "ROLE_REQUIRED" });
    expect(await reasonOf(alice.wallet.listHolders({}))).to.equal("ROLE_REQUIRED");
    expect(await reasonOf(app.as("service").admin.createAsset({ code: "gold" }, keyed()))).to.equal(
      "ROLE_REQUIRED",
    );
    expect(await reasonOf(app.as("auditor").wallet.createHolder({}, keyed()))).to.equal("ROLE_REQUIRED");
  });
});

/** Every value under this name, at any depth. */
function valuesOf(message: object, name: string): unknown[] {
  return Object.entries(message).flatMap(([key, value]: [string, unknown]) => {
    if (key === name && value !== "") return [value];
    return typeof value === "object" && value !== null ? valuesOf(value, name) : [];
  });
}
