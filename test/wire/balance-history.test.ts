import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { expect } from "chai";
import type { GetBalanceResponse } from "../../src/gen/wallet/v1/balance_pb.js";
import { expectSound, keyed, startApp, type TestApp, type TestClients } from "../support/app.js";
import { givenAsset, givenExpired, givenFunds, givenHold, givenHolder, ofWallet } from "../support/given.js";

describe("the history of a balance", () => {
  let app: TestApp;
  let service: TestClients;
  let wallet: string;

  before(async () => {
    app = await startApp();
    service = app.as("service");
    await givenAsset(app, "gold");
    await givenHolder(app, "alice");
    wallet = await givenFunds(app, "alice", "gold", 100n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const read = (asOfTime?: Timestamp): Promise<GetBalanceResponse> =>
    service.wallet.getBalance({ wallet: ofWallet(wallet), ...(asOfTime !== undefined && { asOfTime }) });
  const gold = (units: bigint) => ({ asset: "gold", units });

  it("tells of every moment what a reader was told then, whatever became of holds since", async () => {
    const seen = [await read()];
    const seeAfter = async <T>(step: Promise<T>): Promise<T> => {
      const made = await step;
      seen.push(await read());
      return made;
    };
    const voided = await seeAfter(givenHold(app, "alice", "gold", 10n));
    const captured = await seeAfter(givenHold(app, "alice", "gold", 20n));
    await seeAfter(service.wallet.captureHold({ holdId: captured, amount: gold(5n) }, keyed()));
    await seeAfter(service.wallet.voidHold({ holdId: voided }, keyed()));
    await seeAfter(
      app.as("operator").admin.freezeWallet({ wallet: ofWallet(wallet), reason: "test" }, keyed()),
    );
    await seeAfter(
      app.as("operator").admin.unfreezeWallet({ wallet: ofWallet(wallet), reason: "test" }, keyed()),
    );
    const late = await seeAfter(givenHold(app, "alice", "gold", 30n));
    await seeAfter(givenExpired(app, late));
    await seeAfter(app.as("operator").admin.sweepExpired({}, keyed()));
    const left = await seeAfter(givenHold(app, "alice", "gold", 7n));
    await seeAfter(givenExpired(app, left));
    await seeAfter(givenFunds(app, "alice", "gold", 1n));
    await seeAfter(givenExpired(app, await seeAfter(givenHold(app, "alice", "gold", 8n))));

    const figures = ({ balance }: GetBalanceResponse) => [balance?.posted?.units, balance?.held?.units];
    expect(seen.map(figures)).to.deep.equal([
      [100n, 0n],
      [100n, 10n],
      [100n, 30n],
      [95n, 25n],
      [95n, 15n],
      [95n, 15n],
      [95n, 15n],
      [95n, 45n],
      [95n, 15n],
      [95n, 15n],
      [95n, 22n],
      [95n, 15n],
      [96n, 15n],
      [96n, 23n],
      [96n, 15n],
    ]);
    for (const [step, then] of seen.entries())
      expect(await read(then.asOfTime), `step ${step}`).to.deep.equal(then);
  });
});
