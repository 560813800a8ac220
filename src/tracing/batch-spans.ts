import { ROOT_CONTEXT, type Span, type Tracer, trace } from "@opentelemetry/api";
import { type BatchTimes, type CommittedBatch, phases } from "../engine/observer.js";
import type { Waited } from "../engine/waiting.js";
import type { SpanClock } from "./clock.js";
import { contextOf, isSampled } from "./trace-context.js";

/** Makes the spans of a batch that is durable. */
export type BatchSpans = (batch: CommittedBatch) => void;

/**
 * Makes, for each recorded call of a batch, one span of its wait in the queue and one of its time in the batch. The
 * batch, which many calls share, is a trace of its own with a span for each phase; the calls link to it. A batch
 * without recorded calls makes nothing.
 */
export function batchSpans(tracer: Tracer, clock: SpanClock): BatchSpans {
  return (batch) => {
    const recorded = batch.submissions.filter(isRecorded);
    if (recorded.length === 0) return;
    const shared = spanOfBatch(tracer, clock, batch);
    const endMs = batch.times.endedMs.commit;
    for (const one of recorded) spansOfCall(tracer, clock, { one, endMs, shared });
  };
}

function isRecorded({ submission }: Waited): boolean {
  const { traceparent } = submission.claim;
  return traceparent !== "" && isSampled(traceparent);
}

function spanOfBatch(
  tracer: Tracer,
  clock: SpanClock,
  { lane, size, submissions, times }: CommittedBatch,
): Span {
  const span = tracer.startSpan("poster.batch", {
    root: true,
    startTime: clock.epochMs(times.beganMs),
    attributes: {
      "wallet.lane": lane,
      "wallet.batch.movements": size,
      "wallet.batch.submissions": submissions.length,
    },
  });
  spansOfPhases(tracer, clock, span, times);
  span.end(clock.epochMs(times.endedMs.commit));
  return span;
}

function spansOfPhases(
  tracer: Tracer,
  clock: SpanClock,
  batch: Span,
  { beganMs, endedMs }: BatchTimes,
): void {
  const parent = trace.setSpan(ROOT_CONTEXT, batch);
  let lastMs = beganMs;
  for (const phase of phases) {
    const span = tracer.startSpan(`poster.${phase}`, { startTime: clock.epochMs(lastMs) }, parent);
    span.end(clock.epochMs(endedMs[phase]));
    lastMs = endedMs[phase];
  }
}

function spansOfCall(
  tracer: Tracer,
  clock: SpanClock,
  { one, endMs, shared }: { one: Waited; endMs: number; shared: Span },
): void {
  const parent = contextOf(one.submission.claim.traceparent);
  const takenMs = clock.epochMs(one.takenMs);
  tracer.startSpan("poster.wait", { startTime: clock.epochMs(one.sinceMs) }, parent).end(takenMs);
  const links = [{ context: shared.spanContext() }];
  tracer.startSpan("poster.decide", { startTime: takenMs, links }, parent).end(clock.epochMs(endMs));
}
