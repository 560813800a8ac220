import { WalletError } from "./wallet-error.js";

/** From PENDING to RUNNING, and from either to COMPLETED or FAILED, which are final. */
export type JobState = "PENDING" | "RUNNING" | "COMPLETED" | "FAILED";

/** Work that a spend has paid for. */
export interface Job {
  readonly id: string;
  readonly kind: string;
  readonly state: JobState;
  readonly holderId: string;
  readonly walletId: string;
  readonly asset: string;
  /** What the spend paid, in the asset's smallest units; positive. */
  readonly cost: bigint;
  /** The spend. */
  readonly transactionId: string;
  /** The refund that gave the cost back, or null. */
  readonly refundTransactionId: string | null;
  readonly payload: Readonly<Record<string, string>>;
  readonly result: Readonly<Record<string, string>>;
  readonly failureReason: string;
  /** In microseconds since 1970, as all times. */
  readonly createTime: bigint;
  readonly startTime: bigint | null;
  readonly endTime: bigint | null;
}

/** What a spend asks to be made with it. */
export interface JobOrder {
  /** The job's id, made before the spend is tried. */
  readonly id: string;
  readonly kind: string;
  /** Sorted by key. */
  readonly payload: readonly (readonly [string, string])[];
}

/** The job that a spend pays for. */
export function orderedJob(
  order: JobOrder,
  paidBy: Pick<Job, "holderId" | "walletId" | "asset" | "cost" | "transactionId">,
  now: bigint,
): Job {
  return {
    ...paidBy,
    id: order.id,
    kind: order.kind,
    state: "PENDING",
    refundTransactionId: null,
    payload: Object.fromEntries(order.payload),
    result: {},
    failureReason: "",
    createTime: now,
    startTime: null,
    endTime: null,
  };
}

/**
 * The job once a worker has taken it up.
 * @throws JOB_STATE
 */
export function startedJob(job: Job, now: bigint): Job {
  if (job.state !== "PENDING") throw jobState(job, "Only a PENDING job can be started.");
  return { ...job, state: "RUNNING", startTime: now };
}

/**
 * The job once it is done.
 * @throws JOB_STATE
 */
export function completedJob(job: Job, result: Readonly<Record<string, string>>, now: bigint): Job {
  assertUnfinished(job);
  return { ...job, state: "COMPLETED", result, endTime: now };
}

/** @throws JOB_STATE when the job has ended. */
export function assertUnfinished(job: Job): void {
  if (job.state === "COMPLETED" || job.state === "FAILED") {
    throw jobState(job, "Only a PENDING or RUNNING job can be ended.");
  }
}

export function jobNotFound(jobId: string): WalletError {
  return new WalletError("JOB_NOT_FOUND", `There is no job ${jobId}.`, { metadata: { job_id: jobId } });
}

function jobState({ id, state }: Job, rule: string): WalletError {
  return new WalletError("JOB_STATE", `Job ${id} is ${state}. ${rule}`, { metadata: { job_id: id, state } });
}
