import { createServer, type IncomingMessage, type Server } from "node:http";

/** A span as OTLP/HTTP has it in JSON. */
export interface ExportedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** 1 is internal, 2 a server's. */
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** 2 is an error. */
  readonly status: { readonly code: number; readonly message?: string };
}

interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: ExportedSpan["attributes"] };
    readonly scopeSpans: readonly { readonly spans: readonly ExportedSpan[] }[];
  }[];
}

/** A collector of traces: the other side of OTLP over HTTP. */
export class Collector {
  readonly spans: ExportedSpan[] = [];
  /** What the exported spans say of the process that they come from. */
  resource: Record<string, unknown> = {};
  /** How many exports have arrived. */
  exports = 0;
  /** Whether it refuses what comes. */
  refusing = false;
  readonly #server: Server;
  #arrived: (() => void)[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      bodyOf(request).then((text) => {
        const accepted = request.method === "POST" && request.url === "/v1/traces" && !this.refusing;
        if (accepted) this.#take(JSON.parse(text));
        response.writeHead(accepted ? 200 : 400, { "content-type": "application/json" }).end("{}");
        this.exports++;
        for (const wake of this.#arrived.splice(0)) wake();
      });
    });
  }

  static async open(): Promise<Collector> {
    const collector = new Collector();
    await new Promise<void>((resolve) => collector.#server.listen(0, "127.0.0.1", resolve));
    return collector;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the collector is closed");
    return `http://127.0.0.1:${address.port}`;
  }

  /** Resolves once so many exports have arrived. */
  async untilExports(count: number): Promise<void> {
    while (this.exports < count) await new Promise<void>((resolve) => this.#arrived.push(resolve));
  }

  /** Resolves once such a span has arrived. */
  async untilSpan(wanted: (span: ExportedSpan) => boolean): Promise<ExportedSpan> {
    for (;;) {
      const found = this.spans.find(wanted);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#arrived.push(resolve));
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take({ resourceSpans }: ExportRequest): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      this.resource = attributesOf(resource);
      this.spans.push(...scopeSpans.flatMap(({ spans }) => spans));
    }
  }
}

/** The attributes of a span by name; numbers as numbers. */
export function attributesOf({ attributes }: Pick<ExportedSpan, "attributes">): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
