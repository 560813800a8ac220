import type { DescMethod, DescService, Message } from "@bufbuild/protobuf";
import { AdminService } from "../../gen/wallet/v1/admin_service_pb.js";
import { WalletService } from "../../gen/wallet/v1/wallet_service_pb.js";
import { policy, type Rule } from "../access/policy.js";
import type { Call } from "./call.js";
import type { Handlers } from "./handlers.js";
import { compileInspection, type Inspect } from "./inspect.js";

/** The services that both listeners serve. */
export const services: readonly DescService[] = [WalletService, AdminService];

/** One RPC as the pipeline sees it: its descriptor, its rule, and its handler if it has one. */
export interface Rpc {
  /** The name in logs, metrics and errors, for example `wallet.v1.WalletService/Transfer`. */
  readonly name: string;
  /** The descriptor, which both listeners mount. */
  readonly desc: DescMethod;
  /** Who may call it, and whether it needs an idempotency key. */
  readonly rule: Rule;
  /** The body of a unary RPC; undefined answers `UNIMPLEMENTED`, after authentication and policy. */
  readonly handler: ((request: Message, call: Call) => Promise<object>) | undefined;
  /** The same of an RPC that answers with a stream, for one request or for a stream of them. */
  readonly streamHandler:
    | ((requests: Message | AsyncIterable<Message>, call: Call) => AsyncIterable<object>)
    | undefined;
  /** Looks through a decoded request for what no handler should see. */
  readonly inspect: Inspect;
}

/** Every RPC of every service, with its handler where there is one. */
export function listRpcs(handlers: Handlers): Rpc[] {
  return [...rpcsOf(WalletService, handlers.wallet), ...rpcsOf(AdminService, handlers.admin)];
}

function rpcsOf(service: DescService, handlers: object): Rpc[] {
  const byName = new Map(Object.entries(handlers));
  return service.methods.map((desc) => ({
    name: `${service.typeName}/${desc.name}`,
    desc,
    rule: ruleOf(desc),
    // The types of Handlers have tied each handler to its own messages; from here on they are just messages.
    handler: desc.methodKind === "unary" ? (byName.get(desc.localName) as Rpc["handler"]) : undefined,
    streamHandler:
      desc.methodKind === "server_streaming" || desc.methodKind === "bidi_streaming"
        ? (byName.get(desc.localName) as Rpc["streamHandler"])
        : undefined,
    inspect: compileInspection(desc.input),
  }));
}

function ruleOf(desc: DescMethod): Rule {
  const rule = policy[desc.parent.typeName]?.[desc.name];
  if (rule === undefined) throw new Error(`${desc.toString()} has no rule in the policy`);
  return rule;
}
