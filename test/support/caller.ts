import {
  create,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { Client, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { type ErrorInfo, ErrorInfoSchema } from "../../src/gen/google/rpc/error_details_pb.js";
import { StatusSchema } from "../../src/gen/google/rpc/status_pb.js";

/** How a call ended, as its caller sees it. */
export type Ending<Response> =
  | { readonly kind: "done"; readonly response: Response; readonly replayed: boolean }
  /** The service said why nothing moved. */
  | {
      readonly kind: "refused";
      readonly reason: string;
      readonly metadata: Readonly<Record<string, string>>;
      readonly replayed: boolean;
    }
  /** Nobody said anything: it may have moved. */
  | { readonly kind: "unanswered"; readonly code: string; readonly details: string };

/** Calls a service over native gRPC with the official client, on several connections. */
export class Caller {
  /** Whom it calls, and as whom. */
  readonly target: { readonly port: number; readonly token: string };
  readonly #clients: readonly Client[];
  #calls = 0;

  constructor({ port, token, connections }: { port: number; token: string; connections: number }) {
    const options = { "grpc.use_local_subchannel_pool": 1 };
    this.target = { port, token };
    this.#clients = Array.from(
      { length: connections },
      () => new Client(`127.0.0.1:${port}`, credentials.createInsecure(), options),
    );
  }

  async call<Method extends DescMethodUnary>(
    method: Method,
    key: string,
    request: MessageInitShape<Method["input"]>,
  ): Promise<Ending<MessageShape<Method["output"]>>> {
    const metadata = new Metadata();
    metadata.set("authorization", `Bearer ${this.target.token}`);
    metadata.set("idempotency-key", key);
    return new Promise((resolve) => {
      let replayed = false;
      const running = this.#nextClient().makeUnaryRequest(
        `/${method.parent.typeName}/${method.name}`,
        (message: MessageShape<Method["input"]>) =>
          Buffer.from(toBinary<Method["input"]>(method.input, message)),
        (bytes) => fromBinary<Method["output"]>(method.output, bytes),
        create<Method["input"]>(method.input, request),
        metadata,
        (error, response) => resolve(error === null ? done(response, replayed) : endingOf(error)),
      );
      running.on("metadata", (headers) => {
        replayed = isReplay(headers);
      });
    });
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  #nextClient(): Client {
    const client = this.#clients[this.#calls++ % this.#clients.length];
    if (client === undefined) throw new Error("a caller needs a connection");
    return client;
  }
}

function done<Response>(response: Response | undefined, replayed: boolean): Ending<Response> {
  if (response === undefined) throw new Error("a call succeeded without a response");
  return { kind: "done", response, replayed };
}

function endingOf(error: ServiceError): Ending<never> {
  const info = errorInfoOf(error);
  if (info === undefined)
    return { kind: "unanswered", code: `${status[error.code]}`, details: error.details };
  const { reason, metadata } = info;
  return { kind: "refused", reason, metadata, replayed: isReplay(error.metadata) };
}

/** The reason that the service gave, if it was the service that ended the call. */
export function reasonOf(error: ServiceError): string | undefined {
  return errorInfoOf(error)?.reason;
}

function errorInfoOf({ metadata }: ServiceError): ErrorInfo | undefined {
  const [bytes] = metadata.get("grpc-status-details-bin");
  if (!Buffer.isBuffer(bytes)) return undefined;
  const infos = fromBinary(StatusSchema, bytes).details.map((detail) => anyUnpack(detail, ErrorInfoSchema));
  return infos.find((info) => info?.domain === "wallet.v1");
}

function isReplay(metadata: Metadata): boolean {
  return metadata.get("idempotency-replayed").includes("true");
}
