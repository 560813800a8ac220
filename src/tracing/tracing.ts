import { setTimeout as sleep } from "node:timers/promises";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { CallTracer } from "../rpc/pipeline/call-tracer.js";
import { version } from "../version.js";
import { type BatchSpans, batchSpans } from "./batch-spans.js";
import { callSpans } from "./call-spans.js";
import { SpanClock } from "./clock.js";
import { type ExportObserver, observedExporter } from "./exporter.js";
import { callSampler } from "./sampler.js";

/** Where traces go, and how many. */
export interface TracingOptions {
  /** The collector's base URL for OTLP over HTTP; traces go to `/v1/traces` below it. */
  readonly endpoint: string;
  /** What the service is called in them. */
  readonly serviceName: string;
  /** The share of the calls that are recorded when their callers say nothing about it, from 0 to 1. */
  readonly ratio: number;
}

/** The tracing of one app. */
export interface Tracing {
  readonly calls: CallTracer;
  readonly batches: BatchSpans;
  /** Exports what is left, for two seconds at most. */
  stop(): Promise<void>;
}

/** What is waiting to be exported has a bound: what comes beyond it is lost, and no call waits. */
const limits = { spansWaitingMax: 8_192, spansPerExportMax: 512, exportMsMax: 10_000, flushMsMax: 2_000 };

/**
 * Begins to export traces. This file is the only way to the SDK, and is loaded only when there is somewhere to export to.
 */
export function openTracing(
  { endpoint, serviceName, ratio }: TracingOptions,
  observer: ExportObserver,
): Tracing {
  const exporter = new OTLPTraceExporter({ url: tracesUrl(endpoint), timeoutMillis: limits.exportMsMax });
  const processor = new BatchSpanProcessor(observedExporter(exporter, observer), {
    maxQueueSize: limits.spansWaitingMax,
    maxExportBatchSize: limits.spansPerExportMax,
    scheduledDelayMillis: 1_000,
    exportTimeoutMillis: limits.exportMsMax,
  });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": serviceName, "service.version": version }),
    sampler: callSampler(ratio),
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer("wallet", version);
  const clock = new SpanClock();
  return {
    calls: callSpans(tracer, clock),
    batches: batchSpans(tracer, clock),
    stop: async () => {
      // The observer has been told already if the collector does not answer.
      await Promise.race([
        provider.shutdown().catch(() => {}),
        sleep(limits.flushMsMax, undefined, { ref: false }),
      ]);
    },
  };
}

function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, "")}/v1/traces`;
}
