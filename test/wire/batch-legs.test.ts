import { expect } from "chai";
import { BatchMode } from "../../src/gen/wallet/v1/bulk_pb.js";
import { expectSound, refusalOf, startApp, type TestApp, type TestClients } from "../support/app.js";
import { executeBatch, type Item, states } from "../support/batch.js";
import { dumpLedger } from "../support/dump.js";
import { givenAsset, givenFunds, givenHolder, ofHolder } from "../support/given.js";
import { legOf } from "../support/legs.js";

const { INDEPENDENT, ATOMIC } = BatchMode;

describe("a batch of movements with many legs", function () {
  this.timeout(120_000);
  let app: TestApp;
  let service: TestClients;

  const receivers = Array.from({ length: 99 }, (_, index) => `receiver-${index}`);
  const legs = [legOf("payer", "gold", -99n), ...receivers.map((id) => legOf(id, "gold", 1n))];
  const payouts = (count: number, name: string): Item[] =>
    Array.from({ length: count }, (_, index) => ({
      idempotencyKey: `${name}-${index}`,
      movement: { kind: { case: "postTransaction", value: { legs } } },
    }));

  before(async () => {
    app = await startApp();
    service = app.as("service", "orders");
    await givenAsset(app, "gold");
    for (const id of ["payer", ...receivers]) await givenHolder(app, id);
    await givenFunds(app, "payer", "gold", 1_000_000n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const received = async () => {
    const { balance } = await service.wallet.getBalance({ wallet: ofHolder("receiver-98"), asset: "gold" });
    return balance?.posted?.units ?? 0n;
  };

  it("is posted whole with 10,000 legs, and refused by name with more, before anything moves", async () => {
    const answer = await executeBatch(service, { items: payouts(100, "fits"), mode: ATOMIC });
    expect(states(answer)).to.deep.equal(Array(100).fill("POSTED"));
    expect(await received()).to.equal(100n);
    const before = await dumpLedger(app.database.url);
    for (const how of [{ mode: ATOMIC }, { mode: INDEPENDENT, validateOnly: true }]) {
      const refusal = await refusalOf(executeBatch(service, { items: payouts(101, "more"), ...how }));
      expect(refusal).to.deep.include({
        code: "InvalidArgument",
        reason: "INVALID_FIELD",
        fields: ["items"],
      });
      expect(refusal.message).to.include("10100");
    }
    expect(await dumpLedger(app.database.url)).to.equal(before);
  });

  it("is posted with as many legs as a request can carry where each stands alone", async () => {
    const before = await received();
    const answer = await executeBatch(service, { items: payouts(300, "alone"), mode: INDEPENDENT });
    expect(states(answer)).to.deep.equal(Array(300).fill("POSTED"));
    expect((await received()) - before).to.equal(300n);
  });
});
