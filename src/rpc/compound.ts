import type { Poster } from "../engine/poster.js";
import { decodeCompound } from "./decode/compound.js";
import { encodeMovementResult } from "./encode/transaction.js";
import type { Handlers } from "./pipeline/handlers.js";

/** The RPC that makes one transaction of many legs. */
export function compoundHandler(poster: Poster): NonNullable<Handlers["wallet"]["postTransaction"]> {
  return async (request, call) => {
    const command = decodeCompound(request, call);
    call.concerns(command.touches);
    const result = await poster.submit(command, call.deadlineMs);
    if (result.replayed) call.setReplayed();
    return encodeMovementResult(call.caller, result);
  };
}
