import type { Logger } from "pino";
import { Code } from "../../gen/google/rpc/code_pb.js";
import type { Metrics } from "../../metrics.js";
import type { Caller } from "../access/caller.js";
import type { Concerned } from "./call.js";
import type { CallError } from "./call-error.js";
import type { CallSpan } from "./call-tracer.js";
import { traceIdOf } from "./traceparent.js";

/** What is written down about an answered call. */
export interface CallRecord {
  /** The RPC, for example `wallet.v1.WalletService/Transfer`. */
  method: string;
  /** The request id that the caller received. */
  requestId: string;
  /** The trace context, if there is one: of its own span, or else as it came. */
  traceparent: string | undefined;
  /** Its span, if it is traced. */
  span: CallSpan | undefined;
  /** Who called; undefined if that was never established. */
  caller: Caller | undefined;
  /** The address of the other end of the connection. */
  peer: string;
  /** How long it took, in milliseconds. */
  durationMs: number;
  /** Whether the answer was a recorded outcome. */
  replayed: boolean;
  /** Whether it only looked at data of holders. */
  reads: boolean;
  /** What it is about, as far as its handler told. */
  concerned: Concerned;
  /** How it failed; undefined if it did not. */
  error: CallError | undefined;
}

/** Counts the call, ends its span and writes its line. */
export function recordCall({ metrics, log }: { metrics: Metrics; log: Logger }, record: CallRecord): void {
  const { method, durationMs, error } = record;
  const code = Code[error?.code ?? Code.OK];
  metrics.rpcRequests.inc({ method, code, reason: error?.reason ?? "" });
  metrics.rpcDuration.observe({ method }, durationMs / 1_000);
  if (record.replayed) metrics.rpcReplayed.inc({ method });
  record.span?.end(record);
  const level = levelOf(error);
  // Most calls write nothing, so the line is built only if it is wanted.
  if (log.isLevelEnabled(level))
    log[level](lineOf(record, code), error === undefined ? "call answered" : error.message);
}

// Refusals are the caller's business and could fill a disk; what the operator must look at stands out.
function levelOf(error: CallError | undefined): "debug" | "warn" | "error" {
  if (error?.code === Code.INTERNAL) return "error";
  return error?.code === Code.UNAVAILABLE && error.reason !== "SHUTTING_DOWN" ? "warn" : "debug";
}

function lineOf({ error, ...record }: CallRecord, code: string): object {
  return {
    method: record.method,
    code,
    reason: error?.reason,
    durationMs: Math.round(record.durationMs * 1_000) / 1_000,
    requestId: record.requestId,
    traceId: record.traceparent === undefined ? undefined : traceIdOf(record.traceparent),
    callerId: record.caller?.id,
    peer: record.peer,
    replayed: record.replayed || undefined,
    err: error?.cause,
  };
}
