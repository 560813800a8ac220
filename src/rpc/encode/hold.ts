import type { MessageInitShape } from "@bufbuild/protobuf";
import { type HoldSchema, HoldState } from "../../gen/wallet/v1/hold_pb.js";
import type { Hold } from "../../ledger/hold.js";
import { encodeMoney, encodeTime } from "./money.js";

export function encodeHold(hold: Hold): MessageInitShape<typeof HoldSchema> {
  return {
    id: hold.id,
    walletId: hold.walletId,
    amount: encodeMoney(hold.asset, hold.amount),
    captured: encodeMoney(hold.asset, hold.captured),
    released: encodeMoney(hold.asset, hold.released),
    state: HoldState[hold.state],
    externalReference: hold.externalReference,
    description: hold.description,
    metadata: { ...hold.metadata },
    initiatedBy: hold.initiatedBy,
    onBehalfOf: hold.onBehalfOf,
    voidReason: hold.voidReason,
    createTime: encodeTime(hold.createTime),
    expireTime: encodeTime(hold.expireTime),
    ...(hold.resolveTime !== null && { resolveTime: encodeTime(hold.resolveTime) }),
    requestId: hold.requestId,
  };
}
