import type { MessageInitShape } from "@bufbuild/protobuf";
import { type JobSchema, JobState } from "../../gen/wallet/v1/job_pb.js";
import type { Job } from "../../ledger/job.js";
import { encodeMoney, encodeTime } from "./money.js";

export function encodeJob(job: Job): MessageInitShape<typeof JobSchema> {
  return {
    id: job.id,
    kind: job.kind,
    state: JobState[job.state],
    holderId: job.holderId,
    walletId: job.walletId,
    cost: encodeMoney(job.asset, job.cost),
    transactionId: job.transactionId,
    refundTransactionId: job.refundTransactionId ?? "",
    payload: { ...job.payload },
    result: { ...job.result },
    failureReason: job.failureReason,
    createTime: encodeTime(job.createTime),
    ...(job.startTime !== null && { startTime: encodeTime(job.startTime) }),
    ...(job.endTime !== null && { endTime: encodeTime(job.endTime) }),
  };
}
