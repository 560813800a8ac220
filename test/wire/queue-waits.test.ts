import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect } from "chai";
import { v7 as uuidV7 } from "uuid";
import { expectSound, startApp, type TestApp, type TestClients } from "../support/app.js";
import { givenAsset, givenFunds, givenHolder, ofHolder } from "../support/given.js";
import { onServer } from "../support/postgres.js";
import { applyQueue, enqueue, movements } from "../support/queue.js";

const dayMs = 86_400_000;

describe("a queued movement that waited for a day", () => {
  let app: TestApp;
  let service: TestClients;
  let transactionId: string;

  before(async () => {
    app = await startApp();
    service = app.as("service", "orders");
    await givenAsset(app, "gold");
    await givenHolder(app, "alice");
    await givenFunds(app, "alice", "gold", 100n);
    await enqueue(service, movements.withdraw("alice", 7n), "late");
    transactionId = await acceptedEarlier("late", dayMs);
    await applyQueue(
      () => startApp({ database: app.database, queue: {} }),
      (other) => other.as("service", "orders"),
      ["late"],
    );
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  /** Makes an operation one that was accepted that long ago, as its id tells, too. */
  async function acceptedEarlier(key: string, ms: number): Promise<string> {
    const id = uuidV7({ msecs: Date.now() - ms });
    const { ownerUrl } = app.database;
    await onServer(ownerUrl, "update idempotency_keys set operation_id = $1 where key = $2", [id, key]);
    await onServer(
      ownerUrl,
      "update operations set id = $1, create_time = create_time - $2 * interval '1 ms' where key = $3",
      [id, ms, key],
    );
    return id;
  }

  const listed = async (filter: { startMs: number; endMs?: number; ofAlice?: boolean }) => {
    const { transactions } = await service.wallet.listTransactions({
      startTime: timestampFromMs(filter.startMs),
      ...(filter.endMs !== undefined && { endTime: timestampFromMs(filter.endMs) }),
      ...(filter.ofAlice && { wallet: ofHolder("alice"), asset: "gold" }),
    });
    return transactions.map(({ id }) => id);
  };

  it("is listed by the time at which it was made, of one wallet and of all", async () => {
    const minuteAgo = Date.now() - 60_000;
    expect(await listed({ startMs: minuteAgo })).to.include(transactionId);
    expect(await listed({ startMs: minuteAgo, ofAlice: true })).to.include(transactionId);
  });

  it("is not listed by the time at which it was accepted", async () => {
    const then = Date.now() - dayMs;
    expect(await listed({ startMs: then - 60_000, endMs: then + 60_000 })).to.deep.equal([]);
  });
});
