import { expect } from "chai";
import { HoldState } from "../../src/gen/wallet/v1/hold_pb.js";
import {
  expectSound,
  keyed,
  reasonOf,
  refusalOf,
  startApp,
  type TestApp,
  type TestClients,
} from "../support/app.js";
import { givenAsset, givenFunds, givenHold, givenHolder, ofHolder, ofWallet } from "../support/given.js";

describe("reading holds", () => {
  let app: TestApp;
  let service: TestClients;
  let alice: TestClients;
  let aliceWallet: string;
  let bobWallet: string;
  /** From the oldest to the newest: three of alice in gold, one in silver, one of bob in gold. */
  let ids: string[];

  before(async () => {
    app = await startApp();
    service = app.as("service");
    alice = app.as("holder", "alice");
    for (const asset of ["gold", "silver"]) await givenAsset(app, asset);
    for (const id of ["alice", "bob"]) await givenHolder(app, id);
    aliceWallet = await givenFunds(app, "alice", "gold", 100n);
    bobWallet = await givenFunds(app, "bob", "gold", 777n);
    await givenFunds(app, "alice", "silver", 100n);
    ids = [];
    for (const units of [1n, 2n, 3n]) ids.push(await givenHold(app, "alice", "gold", units));
    ids.push(await givenHold(app, "alice", "silver", 4n), await givenHold(app, "bob", "gold", 777n));
    await service.wallet.voidHold({ holdId: ids[0] ?? "" }, keyed());
    await service.wallet.captureHold({ holdId: ids[1] ?? "" }, keyed());
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const listed = async (caller: TestClients, request: object) => {
    const { holds } = await caller.wallet.listHolds(request);
    return holds.map(({ id }) => ids.indexOf(id));
  };

  it("lists them newest first, by wallet, holder, asset and state", async () => {
    expect(await listed(service, {})).to.deep.equal([4, 3, 2, 1, 0]);
    expect(await listed(service, { wallet: ofWallet(aliceWallet) })).to.deep.equal([2, 1, 0]);
    expect(await listed(service, { wallet: ofHolder("alice"), asset: "silver" })).to.deep.equal([3]);
    expect(await listed(service, { wallet: ofWallet(aliceWallet), asset: "silver" })).to.deep.equal([]);
    expect(await listed(service, { holderId: "alice" })).to.deep.equal([3, 2, 1, 0]);
    expect(await listed(service, { holderId: "alice", asset: "gold" })).to.deep.equal([2, 1, 0]);
    expect(await listed(service, { state: HoldState.ACTIVE })).to.deep.equal([4, 3, 2]);
    expect(await listed(service, { state: HoldState.VOIDED })).to.deep.equal([0]);
    expect(await listed(service, { state: HoldState.CAPTURED })).to.deep.equal([1]);
    expect(await listed(service, { state: HoldState.EXPIRED })).to.deep.equal([]);
    expect(await listed(app.as("auditor"), { holderId: "bob" })).to.deep.equal([4]);
  });

  it("lists them by time and by reference", async () => {
    const request = {
      wallet: ofHolder("alice"),
      amount: { asset: "gold", units: 1n },
      externalReference: "r-1",
    };
    const { hold } = await service.wallet.authorizeHold(request, keyed());
    const found = async (more: object) => (await service.wallet.listHolds(more)).holds.map(({ id }) => id);
    expect(await found({ externalReference: "r-1" })).to.deep.equal([hold?.id]);
    expect(await found({ externalReference: "r-2" })).to.deep.equal([]);
    const at = hold?.createTime;
    expect(await found({ startTime: at })).to.deep.equal([hold?.id]);
    expect(await listed(service, { endTime: at })).to.deep.equal([4, 3, 2, 1, 0]);
    await service.wallet.voidHold({ holdId: hold?.id ?? "" }, keyed());
  });

  it("lists them page by page, each once, while others are made", async () => {
    const seen: number[] = [];
    let pageToken = "";
    const endTime = (await service.wallet.getHold({ holdId: ids[4] ?? "" })).hold?.createTime;
    do {
      const page = await service.wallet.listHolds({ pageSize: 2, pageToken, ...(endTime && { endTime }) });
      seen.push(...page.holds.map(({ id }) => ids.indexOf(id)));
      pageToken = page.nextPageToken;
      await service.wallet.voidHold({ holdId: await givenHold(app, "alice", "gold", 1n) }, keyed());
    } while (pageToken !== "");
    expect(seen).to.deep.equal([3, 2, 1, 0]);
    const { nextPageToken } = await service.wallet.listHolds({ pageSize: 1 });
    const moved = service.wallet.listHolds({ pageSize: 1, pageToken: nextPageToken, asset: "silver" });
    expect(await reasonOf(moved)).to.equal("PAGE_TOKEN_INVALID");
  });

  it("shows a holder its own, whose wallet it need not name, and no others", async () => {
    expect((await alice.wallet.getHold({ holdId: ids[2] ?? "" })).hold?.walletId).to.equal(aliceWallet);
    const own = new Set((await alice.wallet.listHolds({})).holds.map(({ walletId }) => walletId));
    expect(own.has(aliceWallet)).to.equal(true);
    expect(own.has(bobWallet)).to.equal(false);
    expect(await listed(alice, { wallet: ofWallet(aliceWallet), state: HoldState.ACTIVE })).to.deep.equal([
      2,
    ]);
    const nobodys = "00000000-0000-5000-8000-000000000000";
    for (const filter of [
      { holderId: "bob" },
      { wallet: ofHolder("bob"), asset: "gold" },
      { wallet: ofWallet(bobWallet) },
      { wallet: ofWallet(bobWallet), asset: "gold" },
      { wallet: ofWallet(nobodys) },
    ]) {
      expect(await reasonOf(alice.wallet.listHolds(filter))).to.equal("NOT_YOUR_WALLET");
    }
    const strangers = await refusalOf(alice.wallet.getHold({ holdId: ids[4] ?? "" }));
    const missing = await refusalOf(alice.wallet.getHold({ holdId: nobodys }));
    expect(strangers).to.deep.equal(missing);
    expect(strangers.reason).to.equal("NOT_YOUR_WALLET");
  });

  it("refuses filters that are wrong, all at once", async () => {
    const refusal = await refusalOf(
      service.wallet.listHolds({
        pageSize: -1,
        wallet: ofHolder("alice"),
        state: 99 as HoldState,
        startTime: { seconds: 2n, nanos: 0 },
        endTime: { seconds: 1n, nanos: 0 },
        externalReference: "x".repeat(65),
      }),
    );
    expect(refusal.fields).to.deep.equal(["external_reference", "asset", "state", "end_time", "page_size"]);
    expect((await refusalOf(service.wallet.getHold({ holdId: "x" }))).fields).to.deep.equal(["hold_id"]);
  });

  it("refuses a hold that lasts too short or too long", async () => {
    const wallet = ofHolder("alice");
    const amount = { asset: "gold", units: 1n };
    for (const ttl of [
      { seconds: 0n, nanos: 999_999_999 },
      { seconds: 30n * 86_400n, nanos: 1_000 },
      { seconds: -1n, nanos: 0 },
      { seconds: 2n, nanos: -1 },
    ]) {
      const calls = [
        service.wallet.authorizeHold({ wallet, amount, ttl }, keyed()),
        service.wallet.extendHold({ holdId: ids[2] ?? "", ttl }, keyed()),
      ];
      for (const call of calls) expect(await refusalOf(call)).to.deep.include({ fields: ["ttl"] });
    }
    const bare = await refusalOf(service.wallet.extendHold({ holdId: ids[2] ?? "" }, keyed()));
    expect(bare.fields).to.deep.equal(["ttl"]);
    const empty = await refusalOf(service.wallet.authorizeHold({}, keyed()));
    expect(empty.fields).to.include.members(["amount", "wallet"]);
  });
});
