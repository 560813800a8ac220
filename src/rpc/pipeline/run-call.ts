import type { Logger } from "pino";
import { Code } from "../../gen/google/rpc/code_pb.js";
import { WalletError } from "../../ledger/wallet-error.js";
import type { Metrics } from "../../metrics.js";
import { assertRole } from "../access/assert-role.js";
import type { Authenticate } from "../access/authenticate.js";
import type { Caller } from "../access/caller.js";
import type { CallLimits } from "../limits/call-limits.js";
import type { Admission } from "./admission.js";
import { type AuditTrail, auditCall, auditItem, isRead, looksAtOthers } from "./audit-call.js";
import type { Concerned } from "./call.js";
import { CallError } from "./call-error.js";
import type { CallTracer } from "./call-tracer.js";
import type { Drain } from "./drain.js";
import type { IncomingCall } from "./incoming-call.js";
import { type Lifetime, watchLifetime } from "./lifetime.js";
import { readRequest } from "./read-request.js";
import { recordCall } from "./record-call.js";
import { requestIdOf } from "./request-id.js";
import type { Rpc } from "./rpc.js";
import { toCallError } from "./to-call-error.js";
import { parseTraceparent } from "./traceparent.js";

/** What every call needs, whichever listener it came by. */
export interface Pipeline {
  /** Says who is calling. */
  readonly authenticate: Authenticate;
  /** How much each caller may do. */
  readonly limits: Pick<CallLimits, "rates" | "streams" | "recorded">;
  /** Keeps movements out while too much waits. Unset: only full queues do. */
  readonly admission?: Admission | undefined;
  /** Keeps calls out during shutdown. */
  readonly drain: Drain;
  /** Receives one line per call. */
  readonly log: Logger;
  /** Receives counts and durations. */
  readonly metrics: Metrics;
  /** Makes spans; undefined when no traces are exported. */
  readonly tracer?: CallTracer | undefined;
  /** Receives the reads and refusals that go on record. */
  readonly audit: AuditTrail;
}

/** What goes back: either a value or an error, and what the response metadata says in both cases. */
export interface Answer<T> {
  /** The `x-request-id`. */
  readonly requestId: string;
  /** Whether this is the recorded outcome of an earlier call. */
  readonly replayed: boolean;
  /** How the call failed; undefined if it did not. */
  readonly error: CallError | undefined;
  /** The encoded response; undefined if the call failed. */
  readonly value: T | undefined;
}

/** Encodes the handler's answer for the listener. It runs inside the call, so that its failure is logged with it. */
export type Encode<T> = (response: object) => T;

/**
 * The one path of every call with one answer, on every listener. Refusals come in this order: shutdown, authentication, rate
 * limits, policy, admission, unimplemented, size, form, unknown fields, idempotency key, text; then the handler decides. It never
 * throws.
 */
export async function runCall<T>(
  pipeline: Pipeline,
  rpc: Rpc,
  incoming: IncomingCall,
  encode: Encode<T>,
): Promise<Answer<T>> {
  const startedMs = performance.now();
  const requestId = requestIdOf(incoming.header("x-request-id"));
  const received = parseTraceparent(incoming.header("traceparent"));
  const span = pipeline.tracer?.begin(rpc.name, received);
  const traceparent = span?.traceparent ?? received;
  let entered = false;
  let caller: Caller | undefined;
  let replayed = false;
  let reads = false;
  let concerned: Concerned = {};
  let lifetime: Lifetime | undefined;
  let value: T | undefined;
  let error: CallError | undefined;
  try {
    pipeline.drain.enter();
    entered = true;
    const identity = pipeline.authenticate(incoming.header("authorization"), incoming);
    // Awaiting only a promise keeps the usual call, with a token seen before, on one tick.
    caller = identity instanceof Promise ? await identity : identity;
    // Before the role, so that calls refused for it count as well.
    const taking = pipeline.limits.rates.take(caller, rpc.rule.rateClass);
    if (taking !== undefined) await taking;
    assertRole(caller, rpc.name, rpc.rule);
    pipeline.admission?.admit(rpc.rule);
    const handler = handlerOf(rpc, incoming);
    const { request, idempotencyKey } = readRequest(rpc, incoming);
    reads = isRead(rpc, request);
    const ofOthers = looksAtOthers(caller, reads);
    const response = await handler(request, {
      method: rpc.name,
      caller,
      idempotencyKey,
      requestId,
      traceparent,
      deadlineMs: incoming.deadlineMs,
      peer: incoming.peer,
      // Few handlers of a single answer ask for it, and watching costs more than the rest of this function.
      get signal() {
        lifetime ??= watchLifetime(incoming, pipeline.drain);
        return lifetime.signal;
      },
      concerns: (told) => {
        concerned = told;
        if (ofOthers) pipeline.audit.assertRoom();
      },
      refusedItem: (refused, item = {}) => {
        const { peer } = incoming;
        const record = { method: rpc.name, caller, peer, requestId, reads, concerned: item };
        auditItem(pipeline.audit, record, refused);
      },
      setReplayed: () => {
        replayed = true;
      },
    });
    value = encode(response);
  } catch (thrown) {
    if (thrown instanceof WalletError && thrown.replayed) replayed = true;
    error = toCallError(thrown, requestId);
  }
  lifetime?.end();
  const durationMs = performance.now() - startedMs;
  const record = {
    method: rpc.name,
    requestId,
    traceparent,
    span,
    caller,
    peer: incoming.peer,
    durationMs,
    replayed,
    reads,
    concerned,
    error,
  };
  recordCall(pipeline, record);
  auditCall(pipeline, rpc, record);
  if (entered) pipeline.drain.leave();
  return { requestId, replayed, error, value };
}

function handlerOf(rpc: Rpc, incoming: IncomingCall): NonNullable<Rpc["handler"]> {
  if (rpc.handler === undefined || incoming.servedElsewhere !== undefined) throw unimplemented(rpc, incoming);
  return rpc.handler;
}

/** The error of an RPC that has no handler, or that its listener cannot serve. */
export function unimplemented({ name }: Rpc, { servedElsewhere }: IncomingCall): CallError {
  const why = servedElsewhere ?? "it is not implemented yet";
  return new CallError(`${name} is not served here: ${why}`, { code: Code.UNIMPLEMENTED });
}
