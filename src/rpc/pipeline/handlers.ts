import type { DescMessage, DescMethod, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { AdminService } from "../../gen/wallet/v1/admin_service_pb.js";
import type { WalletService } from "../../gen/wallet/v1/wallet_service_pb.js";
import type { Call } from "./call.js";

/** The messages of an RPC of some kind. */
interface Method<Kind extends DescMethod["methodKind"]> {
  methodKind: Kind;
  input: DescMessage;
  output: DescMessage;
}

/** The body of one unary RPC. It throws `WalletError` to refuse; anything else it throws is an internal error. */
export type Handler<M extends Method<"unary">> = (
  request: MessageShape<M["input"]>,
  call: Call,
) => Promise<MessageInitShape<M["output"]>>;

/**
 * The body of one RPC that answers with a stream. It refuses by throwing, before its first message or after any; what
 * it throws ends the stream. The next message is asked for when the caller has taken the ones before, so a body must
 * hold nothing that others wait for while it waits to be asked.
 *
 * When nobody waits any more its iterator is returned, so that its `finally` blocks run. That cannot reach a body
 * that is waiting for something itself: whoever waits also watches `call.signal`, and throws its reason.
 */
export type ServerStreamHandler<M extends Method<"server_streaming">> = (
  request: MessageShape<M["input"]>,
  call: Call,
) => AsyncIterable<MessageInitShape<M["output"]>>;

/**
 * The body of one RPC that streams both ways: like that of a server stream, but the requests come one by one. The next
 * one is read when it is asked for. Asking throws when the next one is refused, which ends a `for await`; after a
 * `RefusedRequest` the one behind it may be asked for. It throws the reason of `call.signal` as soon as that aborts.
 */
export type BidiStreamHandler<M extends Method<"bidi_streaming">> = (
  requests: AsyncIterable<MessageShape<M["input"]>>,
  call: Call,
) => AsyncIterable<MessageInitShape<M["output"]>>;

/** The body of an RPC, by its kind. */
type HandlerOf<M> =
  M extends Method<"unary">
    ? Handler<M>
    : M extends Method<"server_streaming">
      ? ServerStreamHandler<M>
      : M extends Method<"bidi_streaming">
        ? BidiStreamHandler<M>
        : never;

/**
 * Handlers of a service, under the RPCs' names in lower camel case. An RPC that is left out is unimplemented, as are
 * those that only the client streams.
 */
export type ServiceHandlers<S extends { method: object }> = {
  [K in keyof S["method"] as HandlerOf<S["method"][K]> extends never ? never : K]?: HandlerOf<S["method"][K]>;
};

/** All handlers. Written once, served by every listener. */
export interface Handlers {
  /** The handlers of `WalletService`. */
  wallet: ServiceHandlers<typeof WalletService>;
  /** The handlers of `AdminService`. */
  admin: ServiceHandlers<typeof AdminService>;
}
