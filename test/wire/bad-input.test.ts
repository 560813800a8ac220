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
import { dumpLedger } from "../support/dump.js";
import { givenAsset, givenFunds, givenHolder, ofHolder, ofWallet } from "../support/given.js";

const amountMax = 9_223_372_036_854_775_807n;

describe("bad input over the wire", () => {
  let app: TestApp;
  let service: TestClients;
  let aliceWallet: string;
  let untouched: string;

  before(async () => {
    app = await startApp();
    service = app.as("service");
    await givenAsset(app, "gold");
    await givenAsset(app, "usd");
    for (const id of ["alice", "bob"]) await givenHolder(app, id);
    aliceWallet = await givenFunds(app, "alice", "gold", 100n);
    untouched = await dumpLedger(app.database.url);
  });
  after(() => app.close());
  afterEach(async () => {
    expect(await dumpLedger(app.database.url), "a refused call moved something").to.equal(untouched);
    await expectSound(app);
  });

  const gold = (units: bigint) => ({ asset: "gold", units });

  for (const units of [0n, -1n, -amountMax - 1n]) {
    it(`refuses ${units} units as an amount`, async () => {
      const calls = [
        service.wallet.topUp({ wallet: ofHolder("alice"), amount: gold(units) }, keyed()),
        service.wallet.withdraw({ wallet: ofHolder("alice"), amount: gold(units) }, keyed()),
        service.wallet.spend({ wallet: ofHolder("alice"), amount: gold(units) }, keyed()),
        service.wallet.grantBonus({ wallet: ofHolder("alice"), amount: gold(units) }, keyed()),
        service.wallet.transfer(
          { source: ofHolder("alice"), destination: ofHolder("bob"), amount: gold(units) },
          keyed(),
        ),
      ];
      for (const refusal of await refusalsOf(calls)) {
        expect(refusal).to.deep.include({ reason: "INVALID_FIELD", fields: ["amount.units"] });
      }
    });
  }

  it("names every wrong field at once", async () => {
    const refusal = await refusalOf(
      service.wallet.topUp(
        {
          amount: { asset: "No Slug", units: 0n },
          description: "x".repeat(501),
          externalReference: "r".repeat(65),
          expectedVersion: -1n,
          metadata: { "": "empty key", long: "v".repeat(513) },
        },
        keyed(),
      ),
    );
    expect(refusal.code).to.equal("InvalidArgument");
    expect(refusal.fields).to.have.members([
      "amount.asset",
      "amount.units",
      "amount.asset",
      "wallet",
      "description",
      "external_reference",
      "expected_version",
      "metadata",
      'metadata["long"]',
    ]);
  });

  it("refuses more metadata than 32 pairs", async () => {
    const metadata = Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`k${index}`, "v"]));
    const call = service.wallet.topUp({ wallet: ofHolder("alice"), amount: gold(1n), metadata }, keyed());
    expect(await refusalOf(call)).to.deep.include({ reason: "INVALID_FIELD", fields: ["metadata"] });
  });

  it("refuses an amount that would overflow the balance, at either end", async () => {
    const wallet = ofHolder("alice");
    const over = await refusalOf(service.wallet.topUp({ wallet, amount: gold(amountMax) }, keyed()));
    expect(over).to.include({ code: "FailedPrecondition", reason: "BALANCE_OVERFLOW" });
    const under = await refusalOf(service.wallet.withdraw({ wallet, amount: gold(amountMax) }, keyed()));
    expect(under.reason).to.equal("INSUFFICIENT_FUNDS");
    const lowest = app
      .as("operator")
      .admin.adjustBalance({ wallet, amount: gold(-amountMax - 1n), reason: "x" }, keyed());
    expect(await reasonOf(lowest)).to.equal("INVALID_FIELD");
  });

  it("refuses an asset, holder and wallet that do not exist, and remembers that under the key", async () => {
    const unknown = [
      { wallet: ofHolder("alice"), amount: { asset: "silver", units: 1n }, reason: "ASSET_NOT_FOUND" },
      { wallet: ofHolder("nobody"), amount: gold(1n), reason: "HOLDER_NOT_FOUND" },
      {
        wallet: ofWallet("00000000-0000-5000-8000-000000000000"),
        amount: gold(1n),
        reason: "WALLET_NOT_FOUND",
      },
      { wallet: ofWallet(aliceWallet), amount: { asset: "usd", units: 1n }, reason: "ASSET_MISMATCH" },
    ];
    for (const { reason, ...request } of unknown) {
      const first = await refusalOf(service.wallet.topUp(request, keyed(`unknown-${reason}`)));
      expect(first).to.include({ reason, replayed: false });
      const again = await refusalOf(service.wallet.topUp(request, keyed(`unknown-${reason}`)));
      expect(again).to.deep.equal({ ...first, replayed: true });
    }
  });

  it("refuses the same wallet on both sides, however it is named", async () => {
    for (const destination of [
      ofHolder("alice"),
      ofWallet(aliceWallet),
      ofWallet(aliceWallet.toUpperCase()),
    ]) {
      const call = service.wallet.transfer(
        { source: ofHolder("alice"), destination, amount: gold(1n) },
        keyed(),
      );
      expect(await refusalOf(call)).to.include({ code: "InvalidArgument", reason: "SAME_WALLET" });
    }
  });

  it("refuses a version that is not the current one, and says which is", async () => {
    const call = service.wallet.spend(
      { wallet: ofHolder("alice"), amount: gold(1n), expectedVersion: 99n },
      keyed(),
    );
    const refusal = await refusalOf(call);
    expect(refusal).to.include({ code: "Aborted", reason: "VERSION_MISMATCH", retryable: false });
    expect(refusal.metadata).to.include({ expected_version: "99", current_version: "1" });
  });

  it("refuses text with U+0000 and lone surrogates wherever it stands", async () => {
    const wallet = ofHolder("alice");
    const calls = [
      service.wallet.topUp({ wallet, amount: gold(1n), description: "a\u0000b" }, keyed()),
      service.wallet.topUp({ wallet, amount: gold(1n), metadata: { "a\u0000": "b" } }, keyed()),
      service.wallet.topUp({ wallet: ofHolder("al\u0000ice"), amount: gold(1n) }, keyed()),
      service.wallet.getHolder({ holderId: "al\u0000ice" }),
    ];
    for (const { reason } of await refusalsOf(calls)) expect(reason).to.equal("INVALID_FIELD");
  });

  it("needs a key that can be one", async () => {
    const request = { wallet: ofHolder("alice"), amount: gold(1n) };
    expect(await reasonOf(service.wallet.topUp(request))).to.equal("IDEMPOTENCY_KEY_MISSING");
    for (const key of ["with space", "x".repeat(256)]) {
      expect(await reasonOf(service.wallet.topUp(request, keyed(key)))).to.equal("IDEMPOTENCY_KEY_INVALID");
    }
  });

  it("does not serve what is not there yet, once it knows the caller", async () => {
    expect((await refusalOf(service.wallet.listPayoutBatches({}))).code).to.equal("Unimplemented");
    expect((await refusalOf(app.as("holder").wallet.executeBatch({}, keyed()))).reason).to.equal(
      "ROLE_REQUIRED",
    );
  });

  it("refuses a deadline that is too short before anything is claimed", async () => {
    const request = { wallet: ofHolder("alice"), amount: gold(1n) };
    const refusal = await refusalOf(service.wallet.topUp(request, { ...keyed("hurried"), timeoutMs: 15 }));
    expect(refusal.code).to.equal("DeadlineExceeded");
    expect(await reasonOf(service.wallet.getOperation({ idempotencyKey: "hurried" }))).to.equal(
      "OPERATION_NOT_FOUND",
    );
  });
});
