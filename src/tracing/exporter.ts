import type { SpanExporter } from "@opentelemetry/sdk-trace-base";

/** Told how the export of spans fares. */
export interface ExportObserver {
  /** The first of several exports in a row failed; the spans in them are lost. */
  failed(error: unknown): void;
  /** An export succeeded again. */
  recovered(): void;
}

/** An exporter that tells when it begins to fail and when that is over, and not of every batch in between. */
export function observedExporter(exporter: SpanExporter, observer: ExportObserver): SpanExporter {
  let failing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const failed = result.error !== undefined;
        if (failed && !failing) observer.failed(result.error);
        if (!failed && failing) observer.recovered();
        failing = failed;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}
