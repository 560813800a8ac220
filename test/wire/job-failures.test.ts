import { expect } from "chai";
import { JobState } from "../../src/gen/wallet/v1/job_pb.js";
import { TransactionType } from "../../src/gen/wallet/v1/transaction_pb.js";
import {
  expectSound,
  keyed,
  reasonOf,
  refusalOf,
  startApp,
  type TestApp,
  type TestClients,
} from "../support/app.js";
import { dumpLedger } from "../support/dump.js";
import { givenAsset, givenFunds, givenHolder, ofHolder } from "../support/given.js";

const nowhere = "0197a000-0000-7000-8000-000000000000";

describe("a job that fails", () => {
  let app: TestApp;
  let service: TestClients;

  before(async () => {
    app = await startApp();
    service = app.as("service");
    await givenAsset(app, "gold");
    await givenHolder(app, "alice");
    await givenFunds(app, "alice", "gold", 1_000n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const gold = (units: bigint) => ({ asset: "gold", units });
  const givenJob = async () => {
    const job = { kind: "render_video" };
    const spend = { wallet: ofHolder("alice"), amount: gold(100n), job };
    const made = await service.wallet.spend(spend, keyed());
    return { jobId: made.job?.id ?? "", transactionId: made.transaction?.id ?? "" };
  };
  const available = async () => {
    const { balance } = await service.wallet.getBalance({ wallet: ofHolder("alice"), asset: "gold" });
    return balance?.available?.units ?? -1n;
  };
  const fail = (jobId: string, key?: string) =>
    service.wallet.failJob({ jobId, reason: "the disk was full" }, keyed(key));
  const expectNothingMoved = async (calls: () => Promise<void>) => {
    const before = await dumpLedger(app.database.url);
    await calls();
    expect(await dumpLedger(app.database.url), "a refused call changed something").to.equal(before);
  };

  it("gives back what it cost, and each names the other", async () => {
    const before = await available();
    const { jobId, transactionId } = await givenJob();
    await service.wallet.startJob({ jobId }, keyed());
    const { job, transaction, balances } = await fail(jobId);
    expect(job).to.deep.include({ state: JobState.FAILED, failureReason: "the disk was full" });
    expect(job?.refundTransactionId).to.equal(transaction?.id);
    expect(transaction).to.deep.include({
      type: TransactionType.REFUND,
      originalTransactionId: transactionId,
      jobId,
      description: "the disk was full",
    });
    expect(transaction?.amount).to.deep.include(gold(100n));
    expect(balances).to.have.length(2);
    expect(await available()).to.equal(before);
    expect((await service.wallet.getJob({ jobId })).job).to.deep.equal(job);
  });

  it("gives back only what was not refunded before, and nothing when all of it was", async () => {
    const partly = await givenJob();
    const refund = { transactionId: partly.transactionId, amount: gold(30n) };
    await service.wallet.refundTransaction(refund, keyed());
    expect((await fail(partly.jobId)).transaction?.amount?.units).to.equal(70n);

    const wholly = await givenJob();
    await service.wallet.refundTransaction({ transactionId: wholly.transactionId }, keyed());
    const nothingLeft = await fail(wholly.jobId, "nothing-left");
    expect(nothingLeft.job).to.deep.include({ state: JobState.FAILED, refundTransactionId: "" });
    expect([nothingLeft.transaction, nothingLeft.balances]).to.deep.equal([undefined, []]);
    expect((await fail(wholly.jobId, "nothing-left")).job).to.deep.equal(nothingLeft.job);
    const { operation } = await service.wallet.getOperation({ idempotencyKey: "nothing-left" });
    expect([operation?.resourceId, operation?.transaction]).to.deep.equal([wholly.jobId, undefined]);
  });

  it("is answered the same when the call is repeated", async () => {
    const { jobId } = await givenJob();
    const first = await fail(jobId, "fail-once");
    const again = await fail(jobId, "fail-once");
    expect(again).to.deep.equal(first);
  });

  it("fails once, and is not completed as well, however many try at once", async () => {
    const before = await available();
    const { jobId } = await givenJob();
    const tries = [
      ...Array.from({ length: 8 }, () => fail(jobId)),
      ...Array.from({ length: 8 }, () => service.wallet.completeJob({ jobId }, keyed())),
    ];
    const settled = await Promise.allSettled(tries);
    expect(settled.filter(({ status }) => status === "fulfilled")).to.have.length(1);
    const { job } = await service.wallet.getJob({ jobId });
    const cost = job?.state === JobState.FAILED ? 0n : 100n;
    expect(before - (await available())).to.equal(cost);
  });

  it("cannot fail again, nor without a reason, nor when it does not exist", async () => {
    const { jobId } = await givenJob();
    await fail(jobId);
    await expectNothingMoved(async () => {
      const refusal = await refusalOf(fail(jobId));
      expect(refusal).to.deep.include({ code: "FailedPrecondition", reason: "JOB_STATE" });
      expect(refusal.metadata).to.deep.equal({ job_id: jobId, state: "FAILED" });
      const wordless = await refusalOf(service.wallet.failJob({ jobId: "x" }, keyed()));
      expect(wordless).to.deep.include({ reason: "INVALID_FIELD", fields: ["job_id", "reason"] });
      const missing = await refusalOf(fail(nowhere, "fail-nowhere"));
      expect(missing).to.deep.include({ code: "NotFound", reason: "JOB_NOT_FOUND", replayed: false });
      expect((await refusalOf(fail(nowhere, "fail-nowhere"))).replayed).to.equal(true);
    });
  });

  it("stays as it is while its cost cannot be given back", async () => {
    const { jobId } = await givenJob();
    const { admin: operator } = app.as("operator");
    const { admin } = app.as("admin");
    await admin.freezeAsset({ code: "gold", reason: "test" }, keyed());
    expect(await reasonOf(fail(jobId))).to.equal("ASSET_FROZEN");
    await admin.unfreezeAsset({ code: "gold", reason: "test" }, keyed());
    const wallet = { wallet: ofHolder("alice"), asset: "gold", reason: "test" };
    await operator.freezeWallet(wallet, keyed());
    expect(await reasonOf(fail(jobId))).to.equal("WALLET_FROZEN");
    await operator.unfreezeWallet(wallet, keyed());
    await operator.suspendHolder({ holderId: "alice", reason: "test" }, keyed());
    expect(await reasonOf(fail(jobId))).to.equal("HOLDER_SUSPENDED");
    await operator.reactivateHolder({ holderId: "alice", reason: "test" }, keyed());
    expect((await service.wallet.getJob({ jobId })).job?.state).to.equal(JobState.PENDING);
    expect((await fail(jobId)).job?.state).to.equal(JobState.FAILED);
  });
});
