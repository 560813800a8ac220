import { expect } from "chai";
import { HolderStatus } from "../../src/gen/wallet/v1/holder_pb.js";
import {
  expectSound,
  keyed,
  reasonOf,
  refusalOf,
  startApp,
  type TestApp,
  type TestClients,
} from "../support/app.js";
import { givenAsset, givenFunds, givenHolder, ofHolder } from "../support/given.js";
import { onServer } from "../support/postgres.js";

describe("holders over the wire", () => {
  let app: TestApp;
  let service: TestClients;
  let operator: TestClients;

  before(async () => {
    app = await startApp();
    service = app.as("service");
    operator = app.as("operator");
    await givenAsset(app, "gold");
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  it("creates a holder under the id its system chose, or one of its own", async () => {
    const chosen = await service.wallet.createHolder({ holderId: "h-1", email: "H1@example.com" }, keyed());
    const made = await service.wallet.createHolder({ displayName: "No Id" }, keyed("made"));
    const again = await service.wallet.createHolder({ displayName: "No Id" }, keyed("made"));
    expect(chosen.holder).to.include({ id: "h-1", email: "H1@example.com", status: HolderStatus.ACTIVE });
    expect(made.holder?.id).to.match(/^[0-9a-f-]{36}$/);
    expect(again.holder).to.deep.equal(made.holder);
  });

  it("refuses an id that is taken, and an e-mail address that is taken in other letters", async () => {
    await service.wallet.createHolder({ holderId: "h-2", email: "h2@example.com" }, keyed());
    expect(await reasonOf(service.wallet.createHolder({ holderId: "h-2" }, keyed()))).to.equal(
      "HOLDER_EXISTS",
    );
    const taken = await refusalOf(
      service.wallet.createHolder({ holderId: "h-3", email: "H2@EXAMPLE.COM" }, keyed("taken")),
    );
    expect(taken).to.include({ code: "AlreadyExists", reason: "EMAIL_TAKEN" });
    expect(await reasonOf(service.wallet.getHolder({ holderId: "h-3" }))).to.equal("HOLDER_NOT_FOUND");
    const replayed = await refusalOf(
      service.wallet.createHolder({ holderId: "h-3", email: "H2@EXAMPLE.COM" }, keyed("taken")),
    );
    expect(replayed).to.deep.equal({ ...taken, replayed: true });
  });

  it("changes only what is given, and frees the e-mail address that is given up", async () => {
    await service.wallet.createHolder(
      { holderId: "h-4", email: "h4@example.com", displayName: "Four" },
      keyed(),
    );
    const renamed = await service.wallet.updateHolder({ holderId: "h-4", displayName: "Vier" }, keyed());
    expect(renamed.holder).to.include({ email: "h4@example.com", displayName: "Vier" });
    const without = await service.wallet.updateHolder({ holderId: "h-4", email: "" }, keyed());
    expect(without.holder).to.include({ email: "", displayName: "Vier" });
    await service.wallet.createHolder({ holderId: "h-5", email: "h4@example.com" }, keyed());
  });

  it("finds holders by status and e-mail address, and pages through them newest first", async () => {
    for (let number = 0; number < 5; number++) await givenHolder(app, `page-${number}`);
    const first = await service.wallet.listHolders({ pageSize: 2 });
    const second = await service.wallet.listHolders({ pageSize: 2, pageToken: first.nextPageToken });
    expect([...first.holders, ...second.holders].map(({ id }) => id)).to.deep.equal([
      "page-4",
      "page-3",
      "page-2",
      "page-1",
    ]);
    const found = await service.wallet.listHolders({ email: "H1@EXAMPLE.com" });
    expect(found.holders.map(({ id }) => id)).to.deep.equal(["h-1"]);
    expect(found.nextPageToken).to.equal("");
  });

  it("moves nothing of a suspended holder until it is reactivated", async () => {
    await givenHolder(app, "s-1");
    await givenHolder(app, "s-2");
    await givenFunds(app, "s-1", "gold", 100n);
    await givenFunds(app, "s-2", "gold", 100n);
    const amount = { asset: "gold", units: 1n };
    const out = () =>
      service.wallet.transfer({ source: ofHolder("s-1"), destination: ofHolder("s-2"), amount }, keyed());
    const into = () =>
      service.wallet.transfer({ source: ofHolder("s-2"), destination: ofHolder("s-1"), amount }, keyed());

    const { holder } = await operator.admin.suspendHolder({ holderId: "s-1", reason: "lost card" }, keyed());
    expect(holder?.status).to.equal(HolderStatus.SUSPENDED);
    expect(await reasonOf(out())).to.equal("HOLDER_SUSPENDED");
    const refused = await refusalOf(into());
    expect(refused).to.deep.include({ reason: "DESTINATION_UNAVAILABLE", metadata: {} });
    expect(await reasonOf(service.wallet.createWallet({ holderId: "s-1", asset: "gold" }, keyed()))).to.equal(
      "HOLDER_SUSPENDED",
    );

    await operator.admin.reactivateHolder({ holderId: "s-1", reason: "found it" }, keyed());
    await out();
    await into();
  });

  it("keeps who suspended a holder, and why", async () => {
    const entries = await onServer(
      app.database.ownerUrl,
      "select kind, caller, reason from audit_log where resource_id = 's-1' and method like '%/SuspendHolder'",
    );
    expect(entries).to.deep.equal([
      { kind: "ADMINISTRATION", caller: "wallet|operator|operator-1", reason: "lost card" },
    ]);
  });

  it("lets a holder see and change itself, and nobody else", async () => {
    await givenHolder(app, "self");
    const self = app.as("holder", "self");
    expect((await self.wallet.getHolder({})).holder?.id).to.equal("self");
    expect((await self.wallet.updateHolder({ displayName: "Me" }, keyed())).holder?.displayName).to.equal(
      "Me",
    );
    for (const holderId of ["h-1", "nobody"]) {
      expect(await reasonOf(self.wallet.getHolder({ holderId }))).to.equal("NOT_YOUR_WALLET");
      expect(await reasonOf(self.wallet.updateHolder({ holderId, displayName: "x" }, keyed()))).to.equal(
        "NOT_YOUR_WALLET",
      );
    }
  });
});
