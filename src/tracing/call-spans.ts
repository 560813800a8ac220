import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, type Tracer } from "@opentelemetry/api";
import { Code } from "../gen/google/rpc/code_pb.js";
import type { CallEnding, CallTracer } from "../rpc/pipeline/call-tracer.js";
import type { SpanClock } from "./clock.js";
import { contextOf, isSampled, traceparentOf } from "./trace-context.js";

/** The statuses that are the server's fault; of the others a caller is the cause, and its span is no error. */
const serverErrors: ReadonlySet<Code> = new Set([
  Code.UNKNOWN,
  Code.DEADLINE_EXCEEDED,
  Code.UNIMPLEMENTED,
  Code.INTERNAL,
  Code.UNAVAILABLE,
  Code.DATA_LOSS,
]);

/** Makes one server span for each call that is recorded. It names no holder: a trace goes to other systems. */
export function callSpans(tracer: Tracer, clock: SpanClock): CallTracer {
  return {
    begin(method, traceparent) {
      if (traceparent !== undefined && !isSampled(traceparent)) return undefined;
      const parent = traceparent === undefined ? ROOT_CONTEXT : contextOf(traceparent);
      const span = tracer.startSpan(method, startOf(method, clock), parent);
      if (!span.isRecording()) return undefined;
      return {
        traceparent: traceparentOf(span.spanContext()),
        end: (ending) => endSpan(span, ending, clock.epochMs(performance.now())),
      };
    },
  };
}

function startOf(method: string, clock: SpanClock) {
  const [service = "", name = ""] = method.split("/");
  return {
    kind: SpanKind.SERVER,
    startTime: clock.epochMs(performance.now()),
    attributes: { "rpc.system": "grpc", "rpc.service": service, "rpc.method": name },
  };
}

function endSpan(span: Span, { error, replayed }: CallEnding, endMs: number): void {
  const code = error?.code ?? Code.OK;
  span.setAttribute("rpc.grpc.status_code", code);
  if (error?.reason !== undefined) span.setAttribute("wallet.reason", error.reason);
  if (replayed) span.setAttribute("wallet.replayed", true);
  if (serverErrors.has(code)) span.setStatus({ code: SpanStatusCode.ERROR, message: Code[code] });
  span.end(endMs);
}
