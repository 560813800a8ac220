import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import {
  BatchItemState,
  ExecuteStreamRequestSchema,
  type ExecuteStreamResponse,
  ExecuteStreamResponseSchema,
  type MovementSchema,
} from "../../src/gen/wallet/v1/bulk_pb.js";
import { reasonOf } from "./caller.js";

/** One item of a stream: its number is its place in the list, its key is made from that. */
export interface StreamItem {
  readonly key: string;
  readonly movement?: MessageInitShape<typeof MovementSchema>;
  /** The number to send; the place in the list, from 1, unless it is given. */
  readonly number?: bigint;
}

/** How a stream ended, as its caller sees it. */
export interface StreamEnd {
  readonly code: string;
  readonly reason: string;
}

/** An ExecuteStream call over the official client. It counts what it could send and what it was answered. */
export class ItemStream {
  /** The results by item number. */
  readonly results = new Map<bigint, ExecuteStreamResponse>();
  /** How many items the client's own buffers have taken. */
  sent = 0;
  /** How many results came, those of one number twice. */
  answered = 0;
  readonly ended: Promise<StreamEnd>;
  readonly #client: Client;
  readonly #wire: ClientDuplexStream<Buffer, Buffer>;
  readonly #onAnswer = new Set<() => void>();

  constructor({ port, token }: { port: number; token: string }) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
    const metadata = new Metadata();
    metadata.set("authorization", `Bearer ${token}`);
    const same = (bytes: Buffer) => bytes;
    const rpc = "/wallet.v1.WalletService/ExecuteStream";
    this.#wire = this.#client.makeBidiStreamRequest(rpc, same, same, metadata);
    this.ended = new Promise((resolve) => {
      let reason = "";
      this.#wire.on("error", (error: ServiceError) => {
        reason = reasonOf(error) ?? "";
      });
      this.#wire.on("status", ({ code }) =>
        setImmediate(() => resolve({ code: status[code] ?? "", reason })),
      );
    });
  }

  /** Begins to read results. */
  read(): this {
    this.#wire.on("data", (bytes: Buffer) => {
      const answer = fromBinary(ExecuteStreamResponseSchema, bytes);
      this.results.set(answer.itemNumber, answer);
      this.answered++;
      for (const tell of this.#onAnswer) tell();
    });
    return this;
  }

  /** Stops reading: what has arrived stays where it is, and flow control holds back the rest. */
  pause(): void {
    this.#wire.pause();
  }

  /** Goes on reading. */
  resume(): void {
    this.#wire.resume();
  }

  /** Sends items as fast as flow control lets it, until all are sent or the stream is over. */
  async send(items: readonly StreamItem[]): Promise<void> {
    let over = false;
    const end = this.ended.then(() => {
      over = true;
    });
    for (const [index, { key, movement, number }] of items.entries()) {
      if (over) return;
      const request = {
        itemNumber: number ?? BigInt(index + 1),
        idempotencyKey: key,
        ...(movement && { movement }),
      };
      const bytes = toBinary(ExecuteStreamRequestSchema, create(ExecuteStreamRequestSchema, request));
      const drained =
        this.#wire.write(Buffer.from(bytes)) || new Promise((resolve) => this.#wire.once("drain", resolve));
      this.sent++;
      await Promise.race([drained, end]);
    }
  }

  /** Sends bytes that need not be an item. */
  sendBytes(bytes: Uint8Array): void {
    this.#wire.write(Buffer.from(bytes));
  }

  /** Says that no more items come. */
  finish(): this {
    this.#wire.end();
    return this;
  }

  cancel(): void {
    this.#wire.cancel();
  }

  /** Resolves once this many results have come. */
  async untilAnswered(count: number): Promise<void> {
    while (this.answered < count) {
      await new Promise<void>((resolve) => {
        const tell = () => {
          this.#onAnswer.delete(tell);
          resolve();
        };
        this.#onAnswer.add(tell);
      });
    }
  }

  /** The numbers of the items whose value moved. */
  posted(): bigint[] {
    return [...this.results.values()]
      .filter(({ result }) => result?.state === BatchItemState.POSTED)
      .map(({ itemNumber }) => itemNumber);
  }

  close(): void {
    this.#client.close();
  }
}
