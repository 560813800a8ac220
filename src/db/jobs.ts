import type { DataSource } from "typeorm";
import type { Job, JobState } from "../ledger/job.js";
import type { JobRow } from "./entities/job.js";
import { readRows } from "./read.js";
import type { Session } from "./session.js";
import { plainArray, textArray, timeArray, toTimestamp } from "./sql.js";

/** Which jobs to list. A position is the last one of the page before; times are microseconds since 1970. */
export interface JobQuery {
  readonly holderId: string | null;
  readonly state: JobState | null;
  readonly kind: string | null;
  readonly start: bigint | null;
  readonly end: bigint | null;
  readonly after: { readonly time: bigint; readonly id: string } | null;
  readonly limit: number;
}

const columns = `j.id, j.kind, j.state, j.holder_id, j.wallet_id, j.asset, j.cost, j.transaction_id,
  j.refund_transaction_id, j.payload, j.result, j.failure_reason, j.create_time, j.start_time, j.end_time`;

/** One job, or undefined. */
export async function findJob(reader: DataSource, id: string): Promise<Job | undefined> {
  const rows = await readRows<JobRow>(reader, `select ${columns} from jobs j where j.id = $1`, [id]);
  return rows.map(toJob)[0];
}

/** Jobs, newest first. */
export async function listJobs(reader: DataSource, query: JobQuery): Promise<Job[]> {
  const rows = await readRows<JobRow>(
    reader,
    `select ${columns} from jobs j
     where ($1::text is null or j.holder_id = $1)
       and ($2::text is null or j.state = $2)
       and ($3::text is null or j.kind = $3)
       and ($4::timestamptz is null or j.create_time >= $4)
       and ($5::timestamptz is null or j.create_time < $5)
       and ($6::timestamptz is null or (j.create_time, j.id) < ($6, $7::uuid))
     order by j.create_time desc, j.id desc limit $8`,
    [
      query.holderId,
      query.state,
      query.kind,
      query.start === null ? null : toTimestamp(query.start),
      query.end === null ? null : toTimestamp(query.end),
      query.after === null ? null : toTimestamp(query.after.time),
      query.after?.id ?? null,
      query.limit,
    ],
  );
  return rows.map(toJob);
}

/** Writes jobs that were just paid for. */
export async function insertJobs(session: Session, jobs: readonly Job[]): Promise<void> {
  await session.send(
    `insert into jobs (id, kind, state, holder_id, wallet_id, asset, cost, transaction_id, payload, create_time)
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::bigint[],
       $8::uuid[], $9::jsonb[], $10::timestamptz[])`,
    [
      plainArray(jobs.map((job) => job.id)),
      plainArray(jobs.map((job) => job.kind)),
      plainArray(jobs.map((job) => job.state)),
      textArray(jobs.map((job) => job.holderId)),
      plainArray(jobs.map((job) => job.walletId)),
      plainArray(jobs.map((job) => job.asset)),
      plainArray(jobs.map((job) => job.cost)),
      plainArray(jobs.map((job) => job.transactionId)),
      textArray(jobs.map((job) => JSON.stringify(job.payload))),
      timeArray(jobs.map((job) => job.createTime)),
    ],
  );
}

/** Writes how far locked jobs have come. */
export async function updateJobs(session: Session, jobs: readonly Job[]): Promise<void> {
  await session.send(
    `update jobs j set state = moved.state, result = moved.result, failure_reason = moved.failure_reason,
       refund_transaction_id = moved.refund_transaction_id, start_time = moved.start_time, end_time = moved.end_time
     from unnest($1::uuid[], $2::text[], $3::jsonb[], $4::text[], $5::uuid[], $6::timestamptz[], $7::timestamptz[])
       as moved (id, state, result, failure_reason, refund_transaction_id, start_time, end_time)
     where j.id = moved.id and j.id = any($1::uuid[])`,
    [
      plainArray(jobs.map((job) => job.id)),
      plainArray(jobs.map((job) => job.state)),
      textArray(jobs.map((job) => JSON.stringify(job.result))),
      textArray(jobs.map((job) => job.failureReason)),
      plainArray(jobs.map((job) => job.refundTransactionId)),
      timeArray(jobs.map((job) => job.startTime)),
      timeArray(jobs.map((job) => job.endTime)),
    ],
  );
}

export function toJob(row: JobRow): Job {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state as JobState,
    holderId: row.holder_id,
    walletId: row.wallet_id,
    asset: row.asset,
    cost: BigInt(row.cost),
    transactionId: row.transaction_id,
    refundTransactionId: row.refund_transaction_id,
    payload: row.payload,
    result: row.result,
    failureReason: row.failure_reason,
    createTime: row.create_time,
    startTime: row.start_time,
    endTime: row.end_time,
  };
}
