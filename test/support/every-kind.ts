import { BatchMode } from "../../src/gen/wallet/v1/bulk_pb.js";
import { SystemRole } from "../../src/gen/wallet/v1/wallet_pb.js";
import { givenAnomaly, transactionsOf } from "./anomalies.js";
import { keyed, reasonOf, startApp, type TestApp } from "./app.js";
import { executeBatch, topUp, transfer } from "./batch.js";
import {
  givenAsset,
  givenExpired,
  givenFunds,
  givenHold,
  givenHolder,
  givenSpend,
  givenTransfer,
  ofHolder,
} from "./given.js";
import { keyFile } from "./key-file.js";
import { legOf, systemLeg } from "./legs.js";
import { onServer } from "./postgres.js";
import { applyQueue, enqueue, movements } from "./queue.js";
import { until } from "./watch.js";

/** Text with everything that a quoting rule somewhere could stumble over. */
export const oddText = `a "quoted" \\back\\slash, {brace} 'single' NULL \n\t line\u2028 é 😀 \u007f end`;

const gold = (units: bigint) => ({ asset: "gold", units });
const because = { reason: oddText };

/** Fills an app's ledger with at least one of every kind of row that a service can make. */
export async function givenEveryKind(app: TestApp): Promise<void> {
  for (const code of ["gold", "tin"]) await givenAsset(app, code);
  for (const holder of ["alice", "bob", "carol", "dave"]) await givenHolder(app, holder);
  const service = app.as("service").wallet;
  await service.createHolder({ holderId: "erin", displayName: oddText, email: "erin@example.org" }, keyed());
  for (const holder of ["alice", "bob"]) {
    for (const asset of ["gold", "tin"]) await givenFunds(app, holder, asset, 10_000n);
  }
  await givenMovements(app);
  await givenCorrections(app);
  await givenHolds(app);
  await givenJobs(app);
  await givenQueue(app);
  await givenStatuses(app);
  await givenGuards(app);
}

async function givenMovements(app: TestApp): Promise<void> {
  const { wallet } = app.as("service");
  const odd = { description: oddText, metadata: { key: oddText, other: '{"a":[1,2.50]}' } };
  const alice = { wallet: ofHolder("alice"), amount: gold(10n) };
  await wallet.spend({ ...alice, ...odd, externalReference: oddReference }, keyed('odd"key\\{},'));
  await wallet.withdraw(alice, keyed());
  await wallet.grantBonus(alice, keyed());
  await app.as("admin").admin.adjustBalance({ ...alice, reason: oddText }, keyed());
  const legs = [
    legOf("alice", "gold", -100n),
    legOf("bob", "gold", 65n),
    systemLeg(SystemRole.REVENUE, "gold", 5n),
    legOf("bob", "tin", 7n),
  ];
  const exchanges = [{ sold: gold(30n), bought: { asset: "tin", units: 7n } }];
  await wallet.postTransaction({ legs, exchanges }, keyed());
  const items = [topUp("carol", 30n), transfer("carol", "bob", 20n), transfer("carol", "bob", 9_999n)];
  await executeBatch(app.as("service"), { items, mode: BatchMode.INDEPENDENT });
  const tooMuch = { ...alice, amount: gold(1_000_000n) };
  await reasonOf(wallet.spend(tooMuch, keyed("refused")));
  await reasonOf(wallet.spend({ ...alice, wallet: ofHolder("nobody") }, keyed("unknown")));
}

async function givenCorrections(app: TestApp): Promise<void> {
  const spent = await givenSpend(app, "alice", "gold", 100n);
  for (const units of [30n, 40n]) {
    await app.as("service").wallet.refundTransaction({ transactionId: spent, amount: gold(units) }, keyed());
  }
  const wrong = await givenTransfer(app, { from: "alice", to: "bob" }, "gold", 12n);
  await app.as("operator").wallet.reverseTransaction({ transactionId: wrong, ...because }, keyed());
}

async function givenHolds(app: TestApp): Promise<void> {
  const { wallet } = app.as("service");
  const [, , captured, voided, expired] = await Promise.all(
    [1n, 2n, 30n, 4n, 5n].map((units) => givenHold(app, "bob", "gold", units)),
  );
  await wallet.captureHold({ holdId: captured ?? "", amount: gold(10n) }, keyed());
  await wallet.voidHold({ holdId: voided ?? "", ...because }, keyed());
  await givenExpired(app, expired ?? "");
  await app.as("operator").admin.sweepExpired({}, keyed());
}

async function givenJobs(app: TestApp): Promise<void> {
  const { wallet } = app.as("service");
  const job = { kind: "render", payload: { source: oddText } };
  const ids: string[] = [];
  for (let count = 0; count < 4; count++) {
    const request = { wallet: ofHolder("alice"), amount: gold(3n), job };
    ids.push((await wallet.spend(request, keyed())).job?.id ?? "");
  }
  for (const jobId of ids.slice(1)) await wallet.startJob({ jobId }, keyed());
  await wallet.completeJob({ jobId: ids[2] ?? "", result: { file: oddText } }, keyed());
  await wallet.failJob({ jobId: ids[3] ?? "", ...because }, keyed());
}

/** One operation that was applied, one that was refused, and one that nobody has taken up. */
async function givenQueue(app: TestApp): Promise<void> {
  const clients = app.as("service");
  const keys = ["queued-1", "queued-2"];
  await enqueue(clients, movements.topUp("dave", 70n, { description: oddText }), keys[0]);
  await enqueue(clients, movements.withdraw("dave", 7_000n), keys[1]);
  const start = () => startApp({ database: app.database, queue: {} });
  await applyQueue(start, (other) => other.as("service"), keys);
  await enqueue(clients, movements.transfer("dave", "bob", 5n), "queued-3");
}

async function givenStatuses(app: TestApp): Promise<void> {
  const { admin } = app.as("admin");
  const named = (holder: string) => ({ wallet: ofHolder(holder), asset: "tin" });
  await admin.setWalletLimits(
    { ...named("alice"), maxBalanceUnits: 90_000n, dailyLimitUnits: 500n, ...because },
    keyed(),
  );
  await admin.freezeWallet({ ...named("bob"), ...because }, keyed());
  await app.as("service").wallet.createWallet({ holderId: "carol", asset: "tin" }, keyed());
  await admin.closeWallet({ ...named("carol"), ...because }, keyed());
  await admin.suspendHolder({ holderId: "carol", ...because }, keyed());
}

/** An anomaly, profiles by a look-out that has seen everything, a check of the ledger, and two checkpoints. */
async function givenGuards({ database }: TestApp): Promise<void> {
  const key = keyFile();
  const env = { CHECKPOINT_KEY_FILE: key.path, CHECKPOINT_INTERVAL_HOURS: "0" };
  const app = await startApp({ database, env, anomalies: { intervalMs: 5, keepMs: 0 } });
  try {
    const walletId = await givenFunds(app, "dave", "gold", 1n);
    const transactionIds = await transactionsOf(database, walletId);
    const told = { summary: oddText, evidence: { odd: oddText } };
    await givenAnomaly(database, { walletId, holderId: "dave", transactionIds, ...told });
    await until("the look-out has seen everything", async () => {
      const left = await onServer(
        database.superuserUrl,
        `select from transactions t join anomaly_cursors c on (t.position, t.id) > (c.position, c.transaction_id) limit 1`,
      );
      return left.length === 0;
    });
    for await (const _ of app.as("auditor").admin.checkIntegrity({}));
    for (let count = 0; count < 2; count++) await app.as("admin").admin.createCheckpoint({}, keyed());
  } finally {
    await app.close();
    key.remove();
  }
}

const oddReference = `ref "x" {é} \\ '`;
