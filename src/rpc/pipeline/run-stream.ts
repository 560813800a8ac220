import type { Message } from "@bufbuild/protobuf";
import { assertRole } from "../access/assert-role.js";
import type { Caller } from "../access/caller.js";
import { auditCall, auditItem, isRead, looksAtOthers } from "./audit-call.js";
import type { Call } from "./call.js";
import type { CallError } from "./call-error.js";
import type { IncomingStream } from "./incoming-call.js";
import { callerLeft, type Lifetime, watchLifetime } from "./lifetime.js";
import { readRequest, readRequests } from "./read-request.js";
import { type CallRecord, recordCall } from "./record-call.js";
import { requestIdOf } from "./request-id.js";
import type { Rpc } from "./rpc.js";
import { type Encode, type Pipeline, unimplemented } from "./run-call.js";
import { toCallError } from "./to-call-error.js";
import { parseTraceparent } from "./traceparent.js";

/** What goes back from a call whose answer is a stream. */
export interface StreamAnswer<T> {
  /** The `x-request-id`, which goes ahead of the messages. */
  readonly requestId: string;
  /**
   * The encoded messages. The call begins when the first is asked for, the handler works when the next is asked for,
   * and nothing is kept in between. It never throws: after its end, `error` says whether that was the end.
   */
  readonly messages: AsyncIterable<T>;
  /** How the call failed; undefined until `messages` has ended, and afterwards if it did not fail. */
  readonly error: CallError | undefined;
}

/** The path of every call that answers with a stream, on every listener. It refuses in the order of `runCall`. */
export function runStream<T>(
  pipeline: Pipeline,
  rpc: Rpc,
  incoming: IncomingStream,
  encode: Encode<T>,
): StreamAnswer<T> {
  const record = newRecord(rpc, incoming);
  const lifetime = watchLifetime(incoming, pipeline.drain);
  const messages = run();
  // Whoever takes the messages may be stuck handing one on to a caller that has left, and would never come back.
  lifetime.gone.addEventListener("abort", () => messages.return());
  return {
    requestId: record.requestId,
    messages,
    get error() {
      return record.error;
    },
  };

  async function* run(): AsyncGenerator<T, void> {
    const startedMs = performance.now();
    let entered = false;
    let begun = false;
    let ended = false;
    let leave: (() => void) | undefined;
    record.span = pipeline.tracer?.begin(rpc.name, record.traceparent);
    record.traceparent = record.span?.traceparent ?? record.traceparent;
    pipeline.metrics.rpcOpenStreams.inc({ method: rpc.name });
    try {
      pipeline.drain.enter();
      entered = true;
      lifetime.gone.throwIfAborted();
      const caller = await admit(pipeline, rpc, { incoming, record });
      leave = pipeline.limits.streams.enter(caller);
      const responses = callHandler(pipeline, rpc, { caller, incoming, lifetime, record });
      for await (const response of responses) {
        // A stream may go on for days: what it tells is on record from its first message on.
        if (!begun) auditCall(pipeline, rpc, record);
        begun = true;
        yield encode(response);
      }
      // A handler that just stops because it was left must not make a part look like the whole.
      ended = !lifetime.gone.aborted;
    } catch (thrown) {
      record.error = toCallError(causeOf(thrown, lifetime.signal), record.requestId);
    } finally {
      if (!ended) record.error ??= lifetime.gone.aborted ? lifetime.gone.reason : callerLeft();
      lifetime.end();
      leave?.();
      record.durationMs = performance.now() - startedMs;
      pipeline.metrics.rpcOpenStreams.dec({ method: rpc.name });
      recordCall(pipeline, record);
      if (!begun || record.error !== undefined) auditCall(pipeline, rpc, record);
      if (entered) pipeline.drain.leave();
    }
  }
}

/** A stream whose caller was let in. */
interface AdmittedStream {
  readonly caller: Caller;
  readonly incoming: IncomingStream;
  readonly lifetime: Lifetime;
  readonly record: CallRecord;
}

/** What is known before anything has happened. The rest is filled in as it becomes known. */
function newRecord(rpc: Rpc, { header, peer }: IncomingStream): CallRecord {
  return {
    method: rpc.name,
    requestId: requestIdOf(header("x-request-id")),
    traceparent: parseTraceparent(header("traceparent")),
    span: undefined,
    caller: undefined,
    peer,
    durationMs: 0,
    replayed: false,
    reads: false,
    concerned: {},
    error: undefined,
  };
}

async function admit(
  { authenticate, limits }: Pipeline,
  rpc: Rpc,
  { incoming, record }: { incoming: IncomingStream; record: CallRecord },
): Promise<Caller> {
  const caller = await authenticate(incoming.header("authorization"), incoming);
  record.caller = caller;
  await limits.rates.take(caller, rpc.rule.rateClass);
  assertRole(caller, rpc.name, rpc.rule);
  return caller;
}

function callHandler(
  { audit }: Pipeline,
  rpc: Rpc,
  { caller, incoming, lifetime, record }: AdmittedStream,
): AsyncIterable<object> {
  if (rpc.streamHandler === undefined) throw unimplemented(rpc, incoming);
  const { requests, idempotencyKey } = requestsOf(rpc, incoming, lifetime.signal);
  record.reads = "$typeName" in requests && isRead(rpc, requests);
  const { method, requestId, traceparent, peer } = record;
  const call: Call = {
    method,
    caller,
    idempotencyKey,
    requestId,
    traceparent,
    deadlineMs: incoming.deadlineMs,
    peer,
    signal: lifetime.signal,
    concerns: (told) => {
      record.concerned = told;
      if (looksAtOthers(caller, record.reads)) audit.assertRoom();
    },
    refusedItem: (refused, concerned = {}) => auditItem(audit, { ...record, concerned }, refused),
    setReplayed: () => {
      record.replayed = true;
    },
  };
  return rpc.streamHandler(requests, call);
}

function requestsOf(
  rpc: Rpc,
  incoming: IncomingStream,
  signal: AbortSignal,
): { requests: Message | AsyncIterable<Message>; idempotencyKey: string } {
  if (incoming.bodies !== undefined) {
    return { requests: readRequests(rpc, incoming.bodies, signal), idempotencyKey: "" };
  }
  const { request, idempotencyKey } = readRequest(rpc, incoming);
  return { requests: request, idempotencyKey };
}

// What Node's own functions throw when the signal they were given aborts says nothing; the signal's reason does.
function causeOf(thrown: unknown, signal: AbortSignal): unknown {
  return signal.aborted && thrown instanceof Error && thrown.name === "AbortError" ? signal.reason : thrown;
}
