import { findJob, listJobs } from "../db/jobs.js";
import type { Pool } from "../db/pool.js";
import { findTransaction } from "../db/transactions.js";
import type { Act, Acts } from "../engine/acts.js";
import { completeJob, startJob } from "../engine/jobs.js";
import { newId } from "../engine/new-id.js";
import type { Poster } from "../engine/poster.js";
import { JobState } from "../gen/wallet/v1/job_pb.js";
import { makeCommand } from "../ledger/command.js";
import { fingerprintOf, jobFailureFingerprint } from "../ledger/fingerprint.js";
import { type Job, jobNotFound } from "../ledger/job.js";
import { addressOfWallet, type JobFailure } from "../ledger/movement.js";
import type { Original } from "../ledger/original.js";
import { Check } from "./decode/check.js";
import { claimOf } from "./decode/claim.js";
import { decodeEnum } from "./decode/enum.js";
import { decodePage, sortKeys, timeAndId } from "./decode/page.js";
import { checkHolderId, checkJobKind, checkReason, checkUuid, decodePairs } from "./decode/text.js";
import { decodeTimeRange } from "./decode/time.js";
import { assertOwnHolder, notYourWallet } from "./decode/wallet-ref.js";
import { encodeJob } from "./encode/job.js";
import { encodeMovementResult } from "./encode/transaction.js";
import type { Call } from "./pipeline/call.js";
import type { Handlers } from "./pipeline/handlers.js";

type JobReads = Required<Pick<Handlers["wallet"], "getJob" | "listJobs">>;
type JobActs = Required<Pick<Handlers["wallet"], "startJob" | "completeJob">>;
type JobFailures = Required<Pick<Handlers["wallet"], "failJob">>;

/** The RPCs that read jobs. */
export function jobReadHandlers(reader: Pool): JobReads {
  return {
    getJob: async ({ jobId }, call) => {
      const { caller } = call;
      const check = new Check();
      checkUuid(check, "job_id", jobId);
      check.done();
      const resourceId = jobId.toLowerCase();
      call.concerns({ resourceId });
      const job = await findJob(reader, resourceId);
      if (job !== undefined) call.concerns({ resourceId, wallets: [addressOfWallet(job.walletId)] });
      // A holder learns no more of a job that is not its own than of one that does not exist.
      if (caller.role === "holder" && job?.holderId !== caller.subject) throw notYourWallet();
      if (job === undefined) throw jobNotFound(jobId);
      return { job: encodeJob(job) };
    },
    listJobs: async (request, call) => {
      const check = new Check();
      const holderId =
        request.holderId === "" && call.caller.role === "holder" ? call.caller.subject : request.holderId;
      if (holderId !== "") checkHolderId(check, "holder_id", holderId);
      const state = decodeEnum(check, "state", JobState, request.state);
      if (request.kind !== "") checkJobKind(check, "kind", request.kind);
      const { start, end } = decodeTimeRange(check, request);
      const filters = ["jobs", holderId, state, request.kind, start, end];
      const page = decodePage(check, request, filters, [sortKeys.time, sortKeys.uuid]);
      call.concerns(holderId === "" ? {} : { holderIds: [holderId] });
      assertOwnHolder(call.caller, holderId);
      const read = await listJobs(reader, {
        holderId: holderId === "" ? null : holderId,
        state,
        kind: request.kind === "" ? null : request.kind,
        start,
        end,
        after: timeAndId(page),
        limit: page.size + 1,
      });
      const { elements, nextPageToken } = page.cut(read, (job) => [`${job.createTime}`, job.id]);
      return { jobs: elements.map(encodeJob), nextPageToken };
    },
  };
}

/** The RPCs by which a worker takes a job up and ends it as done. */
export function jobActHandlers(acts: Acts): JobActs {
  return {
    startJob: async ({ jobId }, call) => {
      const check = new Check();
      checkUuid(check, "job_id", jobId);
      check.done();
      const fingerprint = fingerprintOf(call.method, [[1, jobId]]);
      return done(acts, call, jobId, { fingerprint, run: (context) => startJob(context, jobId) });
    },
    completeJob: async ({ jobId, result: given }, call) => {
      const check = new Check();
      checkUuid(check, "job_id", jobId);
      const result = decodePairs(check, "result", given);
      check.done();
      const fingerprint = fingerprintOf(call.method, [
        [1, jobId],
        [2, result],
      ]);
      return done(acts, call, jobId, {
        fingerprint,
        run: (context) => completeJob(context, jobId, Object.fromEntries(result)),
      });
    },
  };
}

/** The RPC by which a worker gives a job up, which moves value. */
export function jobFailureHandlers(reader: Pool, poster: Poster): JobFailures {
  return {
    failJob: async ({ jobId, reason }, call) => {
      const check = new Check();
      checkUuid(check, "job_id", jobId);
      checkReason(check, reason);
      check.done();
      const id = jobId.toLowerCase();
      const original = await findSpendOf(reader, id);
      const movement: JobFailure = {
        kind: "job_failure",
        jobId: id,
        original,
        description: reason,
        ...noTerms,
      };
      const claim = claimOf(call, newId(), jobFailureFingerprint(call.method, movement));
      const command = makeCommand(claim, movement);
      call.concerns(command.touches);
      const result = await poster.submit(command, call.deadlineMs);
      if (result.replayed) call.setReplayed();
      if (result.job === null) throw new Error("a job's failure ended without the job");
      return { ...encodeMovementResult(call.caller, result), job: encodeJob(result.job) };
    },
  };
}

const noTerms = { externalReference: "", metadata: [], validateOnly: false } as const;

/** The spend that paid for a job, which is final and so needs no lock; null when there is no such job. */
async function findSpendOf(reader: Pool, jobId: string): Promise<Original | null> {
  const job = await findJob(reader, jobId);
  return job === undefined ? null : ((await findTransaction(reader, job.transactionId)) ?? null);
}

async function done(
  acts: Acts,
  call: Call,
  jobId: string,
  { fingerprint, run }: { fingerprint: Buffer; run: Act<Job>["run"] },
) {
  const claim = claimOf(call, newId(), fingerprint);
  const { result, replayed } = await acts.run({ claim, deadlineMs: call.deadlineMs, resourceId: jobId, run });
  if (replayed) call.setReplayed();
  return { job: encodeJob(result) };
}
