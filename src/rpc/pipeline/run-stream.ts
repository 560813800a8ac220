import type { Message } from "@bufbuild/protobuf";
import { assertRole } from "../access/assert-role.js";
import type { Caller } from "../access/caller.js";
import type { CallError } from "./call-error.js";
import type { IncomingStream } from "./incoming-call.js";
import { callerLeft, type Lifetime, watchLifetime } from "./lifetime.js";
import { readRequest, readRequests } from "./read-request.js";
import { recordCall } from "./record-call.js";
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
  const requestId = requestIdOf(incoming.header("x-request-id"));
  const lifetime = watchLifetime(incoming, pipeline.drain);
  let error: CallError | undefined;
  const messages = run();
  // Whoever takes the messages may be stuck handing one on to a caller that has left, and would never come back.
  lifetime.gone.addEventListener("abort", () => messages.return());
  return {
    requestId,
    messages,
    get error() {
      return error;
    },
  };

  async function* run(): AsyncGenerator<T, void> {
    const startedMs = performance.now();
    const traceparent = parseTraceparent(incoming.header("traceparent"));
    let entered = false;
    let ended = false;
    let replayed = false;
    let caller: Caller | undefined;
    try {
      pipeline.drain.enter();
      entered = true;
      lifetime.gone.throwIfAborted();
      caller = await pipeline.authenticate(incoming.header("authorization"));
      assertRole(caller, rpc.name, rpc.rule);
      const { handler, requests, idempotencyKey } = openStream(rpc, incoming, lifetime);
      const responses = handler(requests, {
        method: rpc.name,
        caller,
        idempotencyKey,
        requestId,
        traceparent,
        deadlineMs: incoming.deadlineMs,
        peer: incoming.peer,
        signal: lifetime.signal,
        setReplayed: () => {
          replayed = true;
        },
      });
      for await (const response of responses) yield encode(rpc, response);
      // A handler that just stops because it was left must not make a part look like the whole.
      ended = !lifetime.gone.aborted;
    } catch (thrown) {
      error = toCallError(causeOf(thrown, lifetime.signal), requestId);
    } finally {
      if (!ended) error ??= lifetime.gone.aborted ? lifetime.gone.reason : callerLeft();
      lifetime.end();
      const durationMs = performance.now() - startedMs;
      const { peer } = incoming;
      recordCall(pipeline, {
        method: rpc.name,
        requestId,
        traceparent,
        caller,
        peer,
        durationMs,
        replayed,
        error,
      });
      if (entered) pipeline.drain.leave();
    }
  }
}

function openStream(rpc: Rpc, incoming: IncomingStream, { signal }: Lifetime) {
  const handler = rpc.streamHandler;
  if (handler === undefined) throw unimplemented(rpc, incoming);
  const { bodies } = incoming;
  if (bodies !== undefined) {
    const requests: AsyncIterable<Message> = readRequests(rpc, bodies, signal);
    return { handler, requests, idempotencyKey: "" };
  }
  const { request, idempotencyKey } = readRequest(rpc, incoming);
  return { handler, requests: request, idempotencyKey };
}

// What Node's own functions throw when the signal they were given aborts says nothing; the signal's reason does.
function causeOf(thrown: unknown, signal: AbortSignal): unknown {
  return signal.aborted && thrown instanceof Error && thrown.name === "AbortError" ? signal.reason : thrown;
}
