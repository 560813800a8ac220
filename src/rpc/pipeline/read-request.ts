import type { Message } from "@bufbuild/protobuf";
import { WalletError } from "../../ledger/wallet-error.js";
import { decodeRequest } from "./decode.js";
import { type Findings, noFindings, refuseFields } from "./findings.js";
import { parseIdempotencyKey } from "./idempotency-key.js";
import type { IncomingCall } from "./incoming-call.js";
import { RefusedRequest } from "./refused-request.js";
import type { RequestBody } from "./request-body.js";
import type { Rpc } from "./rpc.js";

/** The only request of a call, and its key. Refusals come in this order: size, form, unknown fields, key, text. */
export function readRequest(rpc: Rpc, incoming: IncomingCall): { request: Message; idempotencyKey: string } {
  const { request, findings } = readMessage(rpc, incoming.body);
  const { keyed } = rpc.rule;
  const idempotencyKey = keyed ? parseIdempotencyKey(incoming.header("idempotency-key"), rpc.name) : "";
  refuseFields(findings.text);
  return { request, idempotencyKey };
}

/**
 * The requests of a client that streams, each read when it is asked for. They are refused in the same order, and
 * carry their keys themselves. One with a wrong field is thrown as a `RefusedRequest`, and the next can be asked for.
 * Waiting for one ends with the signal's reason.
 */
export function readRequests(
  rpc: Rpc,
  bodies: AsyncIterable<RequestBody>,
  signal: AbortSignal,
): AsyncIterable<Message> {
  const source = bodies[Symbol.asyncIterator]();
  const next = async (): Promise<IteratorResult<Message>> => {
    const { done, value } = await orAbort(source.next(), signal);
    if (done === true) return { done, value: undefined };
    return { done: false, value: readStreamed(rpc, value) };
  };
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

function readMessage(rpc: Rpc, body: RequestBody): { request: Message; findings: Findings } {
  const { request, findings } = inspectMessage(rpc, body);
  if (rpc.rule.strict) refuseFields(findings.unknown);
  return { request, findings };
}

function readStreamed(rpc: Rpc, body: RequestBody): Message {
  const { request, findings } = inspectMessage(rpc, body);
  try {
    if (rpc.rule.strict) refuseFields(findings.unknown);
    refuseFields(findings.text);
    return request;
  } catch (error) {
    throw error instanceof WalletError ? new RefusedRequest(error, request) : error;
  }
}

function inspectMessage(rpc: Rpc, body: RequestBody): { request: Message; findings: Findings } {
  const findings = noFindings();
  const request = decodeRequest(rpc.desc.input, body, findings);
  rpc.inspect(request, findings);
  return { request, findings };
}

// A race of promises would leave something behind for every message on a promise that lives as long as the stream.
function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
