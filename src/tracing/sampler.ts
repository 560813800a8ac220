import { SpanKind } from "@opentelemetry/api";
import {
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-base";

/**
 * Records a call when its caller says so; when it does not say, a share of the calls, which their trace ids decide.
 * The spans of the engine are made only of what is recorded, so they all are.
 *
 * @param ratio from 0 (none) to 1 (all).
 */
export function callSampler(ratio: number): Sampler {
  const calls = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  return {
    shouldSample: (context, traceId, name, kind, attributes, links) =>
      kind === SpanKind.SERVER
        ? calls.shouldSample(context, traceId, name, kind, attributes, links)
        : { decision: SamplingDecision.RECORD_AND_SAMPLED },
    toString: () => `CallSampler{${ratio}}`,
  };
}
