import { expect } from "chai";
import {
  type AuditedCall,
  type AuditLimits,
  AuditQueue,
  defaultAuditLimits,
} from "../../src/engine/audit-queue.js";
import { defaultEngineLimits } from "../../src/engine/limits.js";
import { holderWalletId } from "../../src/ledger/wallet.js";
import { WalletError } from "../../src/ledger/wallet-error.js";
import { openEngine, type TestEngine, topUp } from "../support/engine.js";
import { FaultyNetwork } from "../support/proxy.js";
import { useSuite } from "../support/suite.js";

const read: AuditedCall = {
  kind: "READ",
  caller: "test|service|suite",
  onBehalfOf: "",
  remoteAddress: "192.0.2.1",
  method: "wallet.v1.WalletService/Test",
  errorReason: null,
  holderIds: [],
  walletIds: [],
  transactionId: null,
  resourceId: "",
  reason: "",
  requestId: "r-1",
};

/** What a queue told, in order. */
interface Told {
  readonly what: "waiting" | "lost" | "failed" | "recovered" | "rejected";
  readonly count: number;
}

describe("the audit queue", () => {
  const suite = useSuite({ holders: ["alice"] });
  let proxy: FaultyNetwork;
  let remote: TestEngine;
  let told: Told[];
  let onTold: () => void;

  before(async () => {
    proxy = await FaultyNetwork.open(suite.database.url);
    remote = await openEngine(proxy.url);
    await topUp(suite.engine, "alice", 10n);
  });
  beforeEach(() => {
    told = [];
    onTold = () => {};
  });
  after(async () => {
    await remote.close();
    await proxy.close();
  });

  function openQueue(limits: Partial<AuditLimits>, { database } = suite.engine): AuditQueue {
    const tell = (what: Told["what"]) => (count: unknown) => {
      told.push({ what, count: typeof count === "number" ? count : 1 });
      onTold();
    };
    const all = { ...defaultAuditLimits, flushMs: 10, ...limits };
    return new AuditQueue(database, defaultEngineLimits, all, {
      waiting: tell("waiting"),
      lost: tell("lost"),
      failed: tell("failed"),
      recovered: () => tell("recovered")(1),
      rejected: tell("rejected"),
    });
  }

  /** Waits until the queue has told this. */
  function untilTold(what: Told["what"], count?: number): Promise<void> {
    const isTold = () => told.some((one) => one.what === what && (count ?? one.count) === one.count);
    return new Promise((resolve) => {
      onTold = () => {
        if (isTold()) resolve();
      };
      onTold();
    });
  }

  const written = async (requestId: string) =>
    (
      await suite.watcher.query<{ holder_ids: string[] | null; wallet_ids: string[] | null; id: string }>(
        "select id, holder_ids, wallet_ids from audit_log where request_id = $1 order by id",
        [requestId],
      )
    ).rows;

  it("writes what waits together, in the order in which it happened", async () => {
    const queue = openQueue({ batchMax: 2 });
    for (let index = 0; index < 5; index++)
      queue.add({ ...read, requestId: "together", resourceId: `${index}` });
    await untilTold("waiting", 0);
    const { rows } = await suite.watcher.query(
      "select resource_id, xmin::text from audit_log where request_id = 'together' order by id",
    );
    expect(rows.map(({ resource_id: id }) => id)).to.deep.equal(["0", "1", "2", "3", "4"]);
    expect(new Set(rows.map(({ xmin }) => xmin)).size).to.equal(3);
    await queue.stop();
  });

  it("adds the holders of the wallets that an entry names", async () => {
    const queue = openQueue({});
    const walletIds = [holderWalletId("gold", "alice"), holderWalletId("gold", "nobody")];
    queue.add({ ...read, requestId: "holders", walletIds, holderIds: ["bob"] });
    queue.add({ ...read, requestId: "holders" });
    await queue.stop();
    expect((await written("holders")).map(({ id: _, ...concerned }) => concerned)).to.deep.equal([
      { holder_ids: ["alice", "bob"], wallet_ids: walletIds },
      { holder_ids: null, wallet_ids: null },
    ]);
  });

  it("keeps what it could not write and writes it when the database is back", async () => {
    const queue = openQueue({}, remote);
    proxy.takeDown();
    queue.add({ ...read, requestId: "outage" });
    await untilTold("failed");
    queue.add({ ...read, requestId: "outage" });
    expect(await written("outage")).to.deep.equal([]);
    proxy.bringUp();
    await untilTold("recovered");
    await queue.stop();
    expect(await written("outage")).to.have.lengthOf(2);
    expect(told.filter(({ what }) => what === "lost")).to.deep.equal([]);
  });

  it("writes an entry once although the commit was not answered", async () => {
    const queue = openQueue({}, remote);
    const broken = proxy.breakNextCommit("unanswered");
    queue.add({ ...read, requestId: "doubt" });
    await broken;
    await untilTold("recovered");
    await queue.stop();
    expect(await written("doubt")).to.have.lengthOf(1);
  });

  it("lets no read through that could not be recorded, and says when to try again", async () => {
    const queue = openQueue({ readsMax: 2, flushMs: 600_000 });
    queue.assertRoom();
    queue.add(read);
    queue.add({ ...read, kind: "REFUSAL", errorReason: "TOKEN_INVALID" });
    queue.assertRoom();
    queue.add(read);
    expect(() => queue.assertRoom())
      .to.throw(WalletError, "2 reads wait to be recorded in the audit log. Nothing was read; try again.")
      .that.includes({ reason: "OVERLOADED", retryDelayMs: 600_000 })
      .and.has.deep.property("metadata", { queue_max: "2" });
    await queue.stop();
    queue.assertRoom();
  });

  it("counts the refusals that there is no room for, and keeps no reader out for them", async () => {
    const queue = openQueue({ refusalsMax: 2, readsMax: 1 });
    for (let index = 0; index < 5; index++)
      queue.add({ ...read, requestId: "flood", kind: "REFUSAL", errorReason: "TOKEN_INVALID" });
    queue.assertRoom();
    queue.add({ ...read, requestId: "flood" });
    await untilTold("waiting", 0);
    expect(told.filter(({ what }) => what === "lost")).to.deep.equal([{ what: "lost", count: 3 }]);
    expect(await written("flood")).to.have.lengthOf(3);
    await queue.stop();
  });

  it("gives up one entry that the database does not take, and no other", async () => {
    const queue = openQueue({});
    for (const walletIds of [[], ["no wallet"], []]) queue.add({ ...read, requestId: "guilty", walletIds });
    await untilTold("waiting", 0);
    expect(await written("guilty")).to.have.lengthOf(2);
    expect(told.map(({ what }) => what)).to.have.members(["waiting", "lost", "rejected"]);
    await queue.stop();
  });

  it("counts as lost what it cannot write until it has to stop, and what comes after", async () => {
    const queue = openQueue({ stopMs: 50 }, remote);
    proxy.takeDown();
    queue.add({ ...read, requestId: "too-late" });
    await queue.stop();
    proxy.bringUp();
    queue.add({ ...read, requestId: "too-late" });
    expect(told.filter(({ what }) => what === "lost")).to.deep.equal([
      { what: "lost", count: 1 },
      { what: "lost", count: 1 },
    ]);
    expect(await written("too-late")).to.deep.equal([]);
  });
});
