import { expect } from "chai";
import { JobState } from "../../src/gen/wallet/v1/job_pb.js";
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

describe("jobs over the wire", () => {
  let app: TestApp;
  let service: TestClients;
  let walletId: string;

  before(async () => {
    app = await startApp();
    service = app.as("service");
    await givenAsset(app, "gold");
    for (const id of ["alice", "bob"]) await givenHolder(app, id);
    walletId = await givenFunds(app, "alice", "gold", 1_000n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const gold = (units: bigint) => ({ asset: "gold", units });
  const spec = { kind: "render_video", payload: { source: "s3", quality: "high" } };
  const spendWithJob = (key?: string, more: { validateOnly?: boolean; job?: typeof spec } = {}) =>
    service.wallet.spend({ wallet: ofHolder("alice"), amount: gold(10n), job: spec, ...more }, keyed(key));
  const givenJob = async () => (await spendWithJob()).job?.id ?? "";
  const expectNothingMoved = async (calls: () => Promise<void>) => {
    const before = await dumpLedger(app.database.url);
    await calls();
    expect(await dumpLedger(app.database.url), "a refused call changed something").to.equal(before);
  };

  it("a spend makes a job in the same transaction, and each names the other", async () => {
    const { transaction, job } = await spendWithJob();
    expect(job).to.deep.include({
      kind: "render_video",
      state: JobState.PENDING,
      holderId: "alice",
      walletId,
    });
    expect(job).to.deep.include({ transactionId: transaction?.id, payload: spec.payload });
    expect(job?.cost).to.deep.include(gold(10n));
    expect(transaction?.jobId).to.equal(job?.id);
    expect((await service.wallet.getJob({ jobId: job?.id ?? "" })).job).to.deep.equal(job);
    const read = await service.wallet.getTransaction({ transactionId: transaction?.id ?? "" });
    expect(read.transaction?.jobId).to.equal(job?.id);
  });

  it("a spend that is sent again answers the same job, however far it has come since", async () => {
    const first = await spendWithJob("job-once");
    await service.wallet.startJob({ jobId: first.job?.id ?? "" }, keyed());
    const again = await spendWithJob("job-once");
    expect(again.job).to.deep.equal(first.job);
    expect(await reasonOf(spendWithJob("job-once", { job: { ...spec, kind: "other" } }))).to.equal(
      "IDEMPOTENCY_KEY_REUSED",
    );
  });

  it("a spend that is refused, and one that is only validated, makes no job", async () => {
    await expectNothingMoved(async () => {
      const tooMuch = { wallet: ofHolder("alice"), amount: gold(100_000n), job: spec };
      expect(await reasonOf(service.wallet.spend(tooMuch, keyed()))).to.equal("INSUFFICIENT_FUNDS");
      const { transaction, job } = await spendWithJob(undefined, { validateOnly: true });
      expect([transaction?.id, transaction?.jobId, job]).to.deep.equal(["", "", undefined]);
    });
  });

  it("go from PENDING to RUNNING to COMPLETED, with their times and result", async () => {
    const jobId = await givenJob();
    const started = (await service.wallet.startJob({ jobId }, keyed())).job;
    expect(started?.state).to.equal(JobState.RUNNING);
    expect(started?.startTime).to.not.equal(undefined);
    const result = { url: "https://example.com/video" };
    const completed = (await service.wallet.completeJob({ jobId, result }, keyed())).job;
    expect(completed).to.deep.include({ state: JobState.COMPLETED, result });
    expect(completed?.endTime).to.not.equal(undefined);
    expect((await service.wallet.getJob({ jobId })).job).to.deep.equal(completed);
  });

  it("are taken up by one of several workers that try at once", async () => {
    const jobId = await givenJob();
    const tries = Array.from({ length: 8 }, () => service.wallet.startJob({ jobId }, keyed()));
    const settled = await Promise.allSettled(tries);
    expect(settled.filter(({ status }) => status === "fulfilled")).to.have.length(1);
  });

  it("answer a retry of their start as the first was answered", async () => {
    const jobId = await givenJob();
    const first = await service.wallet.startJob({ jobId }, keyed("start-once"));
    await service.wallet.completeJob({ jobId }, keyed());
    expect((await service.wallet.startJob({ jobId }, keyed("start-once"))).job).to.deep.equal(first.job);
  });

  it("refuse a step that their state does not allow with JOB_STATE, and stay as they are", async () => {
    const jobId = await givenJob();
    await service.wallet.completeJob({ jobId }, keyed());
    await expectNothingMoved(async () => {
      const start = await refusalOf(service.wallet.startJob({ jobId }, keyed()));
      expect(start).to.deep.include({ code: "FailedPrecondition", reason: "JOB_STATE" });
      expect(start.metadata).to.deep.equal({ job_id: jobId, state: "COMPLETED" });
      expect(await reasonOf(service.wallet.completeJob({ jobId }, keyed()))).to.equal("JOB_STATE");
    });
  });

  it("that do not exist are JOB_NOT_FOUND, and a retry of the call is told so again", async () => {
    await expectNothingMoved(async () => {
      for (const call of ["startJob", "completeJob"] as const) {
        const refusal = await refusalOf(service.wallet[call]({ jobId: nowhere }, keyed(`missing-${call}`)));
        expect(refusal).to.deep.include({ code: "NotFound", reason: "JOB_NOT_FOUND" });
        expect(refusal.metadata).to.deep.equal({ job_id: nowhere });
        const again = await refusalOf(service.wallet[call]({ jobId: nowhere }, keyed(`missing-${call}`)));
        expect(again).to.deep.include({ reason: "JOB_NOT_FOUND", replayed: true });
      }
      expect(await reasonOf(service.wallet.getJob({ jobId: nowhere }))).to.equal("JOB_NOT_FOUND");
    });
  });

  it("are refused with every wrong field named", async () => {
    await expectNothingMoved(async () => {
      const job = { kind: "Not a slug", payload: { "": "no key" } };
      const call = service.wallet.spend({ wallet: ofHolder("alice"), amount: gold(1n), job }, keyed());
      expect((await refusalOf(call)).fields).to.deep.equal(["job.kind", "job.payload"]);
      const result = { long: "v".repeat(513) };
      const complete = service.wallet.completeJob({ jobId: "no-uuid", result }, keyed());
      expect((await refusalOf(complete)).fields).to.deep.equal(["job_id", 'result["long"]']);
    });
  });

  it("are listed newest first, by holder, state and kind, page by page", async () => {
    const ids = [];
    for (let i = 0; i < 3; i++) {
      const job = { kind: "listed", payload: {} };
      ids.unshift((await spendWithJob(undefined, { job: job as unknown as typeof spec })).job?.id ?? "");
    }
    await service.wallet.startJob({ jobId: ids[1] ?? "" }, keyed());
    const idsOf = async (query: object) =>
      (await service.wallet.listJobs({ kind: "listed", ...query })).jobs.map(({ id }) => id);
    expect(await idsOf({})).to.deep.equal(ids);
    expect(await idsOf({ state: JobState.RUNNING })).to.deep.equal([ids[1]]);
    expect(await idsOf({ holderId: "bob" })).to.deep.equal([]);
    const first = await service.wallet.listJobs({ kind: "listed", pageSize: 2 });
    expect(first.jobs.map(({ id }) => id)).to.deep.equal(ids.slice(0, 2));
    expect(await idsOf({ pageSize: 2, pageToken: first.nextPageToken })).to.deep.equal(ids.slice(2));
  });

  it("show a holder its own and nobody else's", async () => {
    const jobId = await givenJob();
    const { wallet: alice } = app.as("holder", "alice");
    const { wallet: bob } = app.as("holder", "bob");
    expect((await alice.getJob({ jobId })).job?.id).to.equal(jobId);
    expect((await alice.listJobs({})).jobs.map(({ holderId }) => holderId)).to.include("alice");
    expect(await reasonOf(bob.getJob({ jobId }))).to.equal("NOT_YOUR_WALLET");
    expect(await reasonOf(bob.getJob({ jobId: nowhere }))).to.equal("NOT_YOUR_WALLET");
    expect((await bob.listJobs({})).jobs).to.deep.equal([]);
    expect(await reasonOf(bob.listJobs({ holderId: "alice" }))).to.equal("NOT_YOUR_WALLET");
  });
});
