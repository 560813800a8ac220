import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { AdminService } from "../../gen/wallet/v1/admin_service_pb.js";
import type { WalletService } from "../../gen/wallet/v1/wallet_service_pb.js";
import type { Call } from "./call.js";

/** The messages of a unary RPC. */
interface UnaryMethod {
  methodKind: "unary";
  input: DescMessage;
  output: DescMessage;
}

/** The body of one unary RPC. It throws `WalletError` to refuse; anything else it throws is an internal error. */
export type Handler<M extends UnaryMethod> = (
  request: MessageShape<M["input"]>,
  call: Call,
) => Promise<MessageInitShape<M["output"]>>;

/** Handlers of a service, under the RPCs' names in lower camel case. An RPC that is left out is unimplemented. */
export type ServiceHandlers<S extends { method: object }> = {
  [K in keyof S["method"] as S["method"][K] extends UnaryMethod
    ? K
    : never]?: S["method"][K] extends UnaryMethod ? Handler<S["method"][K]> : never;
};

/** All handlers. Written once, served by every listener. */
export interface Handlers {
  /** The handlers of `WalletService`. */
  wallet: ServiceHandlers<typeof WalletService>;
  /** The handlers of `AdminService`. */
  admin: ServiceHandlers<typeof AdminService>;
}
