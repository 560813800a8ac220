import { keyed, reasonOf, startApp } from "./app.js";
import {
  givenAsset,
  givenFunds,
  givenHold,
  givenHolder,
  givenSpend,
  givenTransfer,
  ofHolder,
} from "./given.js";
import { legOf } from "./legs.js";
import type { TestDatabase } from "./postgres.js";
import { enqueue, finalOperation, movements } from "./queue.js";

/** A database that nobody is connected to, with some of everything in its ledger, and what is in it. */
export interface BusyLedger {
  readonly database: TestDatabase;
  /** The wallet of alice in gold, with some twenty postings and an open hold of 7. */
  readonly alice: string;
  readonly bob: string;
  /** A spend of 30, of which 10 were refunded, and the refund. */
  readonly spend: string;
  readonly refund: string;
  /** A transfer that was reversed. */
  readonly reversed: string;
  /** The open hold. */
  readonly hold: string;
}

/** Makes it through the service. */
export async function makeBusyLedger(): Promise<BusyLedger> {
  const app = await startApp({ queue: {} });
  const { wallet } = app.as("admin");
  for (const asset of ["gold", "silver"]) await givenAsset(app, asset);
  for (const holder of ["alice", "bob"]) await givenHolder(app, holder);
  const alice = await givenFunds(app, "alice", "gold", 1_000n);
  const bob = await givenFunds(app, "bob", "gold", 500n);
  for (const holder of ["alice", "bob"]) await givenFunds(app, holder, "silver", 100n);
  for (let turn = 0; turn < 5; turn++) {
    await givenTransfer(app, { from: "alice", to: "bob" }, "gold", 3n);
    await givenTransfer(app, { from: "bob", to: "alice" }, "gold", 2n);
  }
  const gold = (units: bigint) => ({ asset: "gold", units });
  await wallet.withdraw({ wallet: ofHolder("bob"), amount: gold(50n) }, keyed());
  const withdrawn = await wallet.withdraw({ wallet: ofHolder("bob"), amount: gold(20n) }, keyed());
  await wallet.refundTransaction(
    { transactionId: withdrawn.transaction?.id ?? "", amount: gold(5n) },
    keyed(),
  );
  const spend = await givenSpend(app, "alice", "gold", 30n);
  const refunded = await wallet.refundTransaction({ transactionId: spend, amount: gold(10n) }, keyed());
  const reversed = await givenTransfer(app, { from: "alice", to: "bob" }, "gold", 4n);
  await wallet.reverseTransaction({ transactionId: reversed, reason: "for the test" }, keyed());
  const hold = await givenHold(app, "alice", "gold", 7n);
  const captured = await givenHold(app, "bob", "gold", 9n);
  await wallet.captureHold({ holdId: captured }, keyed());
  const legs = [
    legOf("alice", "gold", -6n),
    legOf("bob", "gold", 6n),
    legOf("alice", "silver", 2n),
    legOf("bob", "silver", -2n),
  ];
  await wallet.postTransaction({ legs }, keyed());
  await finalOperation(
    app.as("admin"),
    (await enqueue(app.as("admin"), movements.transfer("alice", "bob", 1n))).idempotencyKey,
  );
  const job = await wallet.spend(
    { wallet: ofHolder("alice"), amount: gold(8n), job: { kind: "render" } },
    keyed(),
  );
  await wallet.startJob({ jobId: job.job?.id ?? "" }, keyed());
  await wallet.failJob({ jobId: job.job?.id ?? "", reason: "for the test" }, keyed());
  const refused = { source: ofHolder("alice"), destination: ofHolder("bob"), amount: gold(1_000_000n) };
  await reasonOf(wallet.transfer(refused, keyed()));
  await reasonOf(wallet.createHolder({ holderId: "alice", displayName: "alice" }, keyed()));
  await app.close();
  const refund = refunded.transaction?.id ?? "";
  return { database: app.database, alice, bob, spend, refund, reversed, hold };
}
