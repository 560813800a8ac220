import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { AnomalySeverity, AnomalyState } from "../../src/gen/wallet/v1/anomaly_pb.js";
import { WalletStatus } from "../../src/gen/wallet/v1/wallet_pb.js";
import { givenAnomaly, transactionsOf } from "../support/anomalies.js";
import { expectSound, keyed, reasonOf, startApp, type TestApp } from "../support/app.js";
import { givenAsset, givenFunds, givenHolder, givenTransfer, ofHolder, ofWallet } from "../support/given.js";
import { onServer } from "../support/postgres.js";
import { until } from "../support/watch.js";

const rules = { drain_after_top_up: { freeze: true }, many_refusals: { countMin: 2, severity: "note" } };

describe("an anomaly that freezes, over the wire", () => {
  let directory: string;
  let app: TestApp;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "wallet-rules-"));
    const path = join(directory, "rules.json");
    writeFileSync(path, JSON.stringify(rules));
    app = await startApp({ anomalies: { intervalMs: 5 }, env: { ANOMALY_RULES: path } });
    await givenAsset(app, "gold");
    for (const id of ["alice", "bob", "carol"]) await givenHolder(app, id);
  });
  after(async () => {
    await app.close();
    rmSync(directory, { recursive: true });
  });
  afterEach(() => expectSound(app));

  const spend = (holderId: string) =>
    app
      .as("service")
      .wallet.spend({ wallet: ofHolder(holderId), amount: { asset: "gold", units: 1n } }, keyed());
  const statusOf = async (walletId: string) =>
    (await app.as("auditor").wallet.getWallet({ wallet: ofWallet(walletId) })).wallet?.status;
  const anomaliesOf = async (walletId: string) =>
    (await app.as("auditor").admin.listAnomalies({ walletId })).anomalies;

  it("is found in what was committed, stops the wallet, and a review lets it go on", async () => {
    const walletId = await givenFunds(app, "alice", "gold", 1_000n);
    await givenTransfer(app, { from: "alice", to: "bob" }, "gold", 950n);
    await until("the wallet is frozen", async () => (await statusOf(walletId)) === WalletStatus.FROZEN);
    expect(await reasonOf(spend("alice"))).to.equal("WALLET_FROZEN");

    const [anomaly, ...more] = await anomaliesOf(walletId);
    expect(more).to.deep.equal([]);
    expect(anomaly).to.deep.include({
      rule: "drain_after_top_up",
      severity: AnomalySeverity.CRITICAL,
      state: AnomalyState.OPEN,
      walletId,
      holderId: "alice",
      transactionIds: await transactionsOf(app.database, walletId),
      walletFrozen: true,
      reviewedBy: "",
      reviewReason: "",
    });
    expect(anomaly?.reviewTime).to.equal(undefined);
    expect(anomaly?.summary).to.match(
      /^Wallet .+ was topped up with 1000 gold, and 950 left it within \d+ seconds; 50 remain\.$/,
    );
    expect(anomaly?.evidence).to.deep.include({ topped_up_units: "1000", left_units: "950" });

    const anomalyId = anomaly?.id ?? "";
    const request = {
      anomalyId,
      state: AnomalyState.DISMISSED,
      reason: "she bought a house",
      unfreezeWallet: true,
    };
    const operator = app.as("operator", "olga").admin;
    const reviewed = (await operator.reviewAnomaly(request, keyed("review-1"))).anomaly;
    expect(reviewed).to.deep.include({
      ...anomaly,
      state: AnomalyState.DISMISSED,
      reviewedBy: "wallet|operator|olga",
      reviewReason: "she bought a house",
      reviewTime: reviewed?.reviewTime,
    });
    expect(reviewed?.reviewTime).to.not.equal(undefined);
    expect((await app.as("auditor").admin.getAnomaly({ anomalyId })).anomaly).to.deep.equal(reviewed);
    expect((await operator.reviewAnomaly(request, keyed("review-1"))).anomaly, "a retry").to.deep.equal(
      reviewed,
    );
    expect((await spend("alice")).transaction?.refusedReason).to.equal("");
    await expectHistory(walletId);
  });

  /** Who froze the wallet and who let it go, for auditors and for those who follow it. */
  async function expectHistory(walletId: string): Promise<void> {
    const audited = await onServer(
      app.database.url,
      "select caller, method, reason from audit_log where $1 = any(wallet_ids) and kind = 'ADMINISTRATION' order by id",
      [walletId],
    );
    expect(audited.slice(1)).to.deep.equal([
      {
        caller: "wallet|operator|olga",
        method: "wallet.v1.AdminService/ReviewAnomaly",
        reason: "she bought a house",
      },
    ]);
    expect(audited[0]).to.deep.include({
      caller: "|service|anomalies",
      method: "wallet.v1.AdminService/FreezeWallet",
    });
    const told = await onServer<{ status: string }>(
      app.database.url,
      "select payload ->> 'status' as status from outbox where aggregateid = $1 and type = 'status' order by seq",
      [walletId],
    );
    expect(told.map(({ status }) => status)).to.deep.equal(["FROZEN", "ACTIVE"]);
  }

  it("is confirmed by a review that leaves the wallet as it is", async () => {
    const walletId = await givenFunds(app, "carol", "gold", 100n);
    await givenTransfer(app, { from: "carol", to: "bob" }, "gold", 100n);
    await until("it is frozen too", async () => (await statusOf(walletId)) === WalletStatus.FROZEN);
    const [anomaly] = await anomaliesOf(walletId);
    const request = { anomalyId: anomaly?.id ?? "", state: AnomalyState.CONFIRMED, reason: "stolen card" };
    const reviewed = await app.as("operator").admin.reviewAnomaly(request, keyed());
    expect(reviewed.anomaly?.state).to.equal(AnomalyState.CONFIRMED);
    expect(await statusOf(walletId)).to.equal(WalletStatus.FROZEN);
  });

  it("is counted by rule and severity, beside how far the look-out is behind", async () => {
    for (let index = 0; index < 2; index++)
      expect(await reasonOf(givenTransfer(app, { from: "bob", to: "alice" }, "gold", 9_999n))).to.equal(
        "INSUFFICIENT_FUNDS",
      );
    const metrics = async () => (await fetch(`http://127.0.0.1:${app.app.metricsPort}/metrics`)).text();
    const note = /^wallet_anomalies_total\{rule="many_refusals",severity="NOTE"\} 1$/m;
    await until("the note is counted", async () => note.test(await metrics()));
    const text = await metrics();
    expect(text).to.match(/^wallet_anomalies_total\{rule="drain_after_top_up",severity="CRITICAL"\} 2$/m);
    expect(text).to.match(/^wallet_anomaly_freezes_total 2$/m);
    expect(text).to.match(/^wallet_anomaly_lag_seconds [\d.]+$/m);
    const [{ count }] = (await onServer<{ count: number }>(
      app.database.url,
      "select count(*)::int as count from transactions",
    )) as [{ count: number }];
    expect(text).to.include(`wallet_anomaly_transactions_total ${count}`);
  });
});

describe("the anomalies over the wire", () => {
  let app: TestApp;
  const ids: string[] = [];
  const wallets = new Map<string, string>();
  const start = 1_767_225_600;

  before(async () => {
    app = await startApp();
    await givenAsset(app, "gold");
    for (const id of ["alice", "bob"]) {
      await givenHolder(app, id);
      wallets.set(id, await givenFunds(app, id, "gold", 10n));
    }
    for (let index = 0; index < 6; index++) ids.push(await given(index));
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  /** Two rules, two wallets and all severities in turn, an hour apart, from transactions of their own. */
  async function given(index: number): Promise<string> {
    const holderId = index % 2 === 0 ? "alice" : "bob";
    const walletId = wallets.get(holderId) ?? "";
    await givenFunds(app, holderId, "gold", 1n);
    const transactionIds = (await transactionsOf(app.database, walletId)).slice(-1);
    const severity = (["NOTE", "ALERT", "CRITICAL"] as const)[index % 3] ?? "NOTE";
    const rule = index < 3 ? "velocity" : "circular_flow";
    const createTime = BigInt(start + index * 3_600) * 1_000_000n;
    return givenAnomaly(app.database, { walletId, holderId, transactionIds, severity, rule, createTime });
  }

  const list = async (request: Parameters<ReturnType<TestApp["as"]>["admin"]["listAnomalies"]>[0]) => {
    const { anomalies } = await app.as("auditor").admin.listAnomalies(request);
    return anomalies.map(({ id }) => ids.indexOf(id));
  };
  const at = (index: number) => ({ seconds: BigInt(start + index * 3_600), nanos: 0 });

  it("are listed newest first, by every filter and all together", async () => {
    expect(await list({})).to.deep.equal([5, 4, 3, 2, 1, 0]);
    expect(await list({ severity: AnomalySeverity.ALERT })).to.deep.equal([4, 1]);
    expect(await list({ rule: "velocity" })).to.deep.equal([2, 1, 0]);
    expect(await list({ rule: "rule_of_a_later_release" })).to.deep.equal([]);
    expect(await list({ walletId: wallets.get("alice")?.toUpperCase() ?? "" })).to.deep.equal([4, 2, 0]);
    expect(await list({ holderId: "bob" })).to.deep.equal([5, 3, 1]);
    expect(await list({ startTime: at(1), endTime: at(4) })).to.deep.equal([3, 2, 1]);
    expect(
      await list({
        state: AnomalyState.OPEN,
        severity: AnomalySeverity.NOTE,
        holderId: "bob",
        startTime: at(1),
      }),
    ).to.deep.equal([3]);
  });

  it("are listed page by page, each page's token bound to its filters", async () => {
    const { admin } = app.as("admin");
    const first = await admin.listAnomalies({ pageSize: 4 });
    const second = await admin.listAnomalies({ pageSize: 4, pageToken: first.nextPageToken });
    const listed = [...first.anomalies, ...second.anomalies].map(({ id }) => ids.indexOf(id));
    expect(listed).to.deep.equal([5, 4, 3, 2, 1, 0]);
    expect(second.nextPageToken).to.equal("");
    const other = admin.listAnomalies({ pageToken: first.nextPageToken, rule: "velocity" });
    expect(await reasonOf(other)).to.equal("PAGE_TOKEN_INVALID");
  });

  it("name all wrong filters at once", async () => {
    const request = { rule: "No Rule", walletId: "7", startTime: at(2), endTime: at(1) };
    expect(await reasonOf(app.as("auditor").admin.listAnomalies(request))).to.equal("INVALID_FIELD");
  });

  it("move from OPEN to the state that their review gave them, once", async () => {
    const { admin } = app.as("operator");
    const review = { anomalyId: ids[0] ?? "", state: AnomalyState.CONFIRMED, reason: "it was one" };
    const answers = await Promise.allSettled(
      Array.from({ length: 5 }, () => admin.reviewAnomaly(review, keyed())),
    );
    expect(answers.filter(({ status }) => status === "fulfilled")).to.have.lengthOf(1);
    expect(await list({ state: AnomalyState.CONFIRMED })).to.deep.equal([0]);
    expect(await list({ state: AnomalyState.OPEN })).to.deep.equal([5, 4, 3, 2, 1]);
    expect(await list({ state: AnomalyState.DISMISSED })).to.deep.equal([]);
  });

  it("are not frozen for any more once they were reviewed", async () => {
    const walletId = wallets.get("alice") ?? "";
    await givenFunds(app, "alice", "gold", 1n);
    const transactionIds = (await transactionsOf(app.database, walletId)).slice(-1);
    const anomalyId = await givenAnomaly(app.database, {
      walletId,
      holderId: "alice",
      transactionIds,
      freezeState: "DUE",
    });
    const review = { anomalyId, state: AnomalyState.DISMISSED, reason: "known", unfreezeWallet: true };
    const { anomaly } = await app.as("operator").admin.reviewAnomaly(review, keyed());
    expect(anomaly?.walletFrozen).to.equal(false);
    const due = await onServer(app.database.url, "select id from anomalies where freeze_state = 'DUE'");
    expect(due).to.deep.equal([]);
  });

  it("are for auditors, operators and admins", async () => {
    for (const role of ["holder", "service"] as const)
      expect(await reasonOf(app.as(role).admin.listAnomalies({}))).to.equal("ROLE_REQUIRED");
    const review = { anomalyId: ids[1] ?? "", state: AnomalyState.CONFIRMED, reason: "it was one" };
    expect(await reasonOf(app.as("auditor").admin.reviewAnomaly(review, keyed()))).to.equal("ROLE_REQUIRED");
  });
});
