import type { MovementResult } from "../engine/outcome.js";
import type { Poster } from "../engine/poster.js";
import type { Command } from "../ledger/command.js";
import {
  type Decode,
  decodeAdjustment,
  decodeBonus,
  decodeSpend,
  decodeTopUp,
  decodeTransfer,
  decodeWithdrawal,
  simpleCommand,
} from "./decode/simple.js";
import { encodeJob } from "./encode/job.js";
import { encodeMovementResult } from "./encode/transaction.js";
import type { Call } from "./pipeline/call.js";
import type { Handlers } from "./pipeline/handlers.js";

type MovementHandlers = Required<
  Pick<Handlers["wallet"], "topUp" | "withdraw" | "spend" | "grantBonus" | "transfer">
>;

/** The RPCs of `WalletService` that move one amount. */
export function movementHandlers(poster: Poster): MovementHandlers {
  return {
    topUp: (request, call) => move(poster, decodeTopUp, request, call),
    withdraw: (request, call) => move(poster, decodeWithdrawal, request, call),
    spend: async (request, call) => {
      const result = await submit(poster, call, simpleCommand(decodeSpend, request, call));
      return {
        ...encodeMovementResult(call.caller, result),
        ...(result.job !== null && !request.validateOnly && { job: encodeJob(result.job) }),
      };
    },
    grantBonus: (request, call) => move(poster, decodeBonus, request, call),
    transfer: (request, call) => move(poster, decodeTransfer, request, call),
  };
}

/** The operator's correction of a balance. */
export function adjustBalanceHandler(poster: Poster): NonNullable<Handlers["admin"]["adjustBalance"]> {
  return (request, call) => move(poster, decodeAdjustment, request, call);
}

async function move<Request>(poster: Poster, decode: Decode<Request>, request: Request, call: Call) {
  const result = await submit(poster, call, simpleCommand(decode, request, call));
  return encodeMovementResult(call.caller, result);
}

async function submit(poster: Poster, call: Call, command: Command): Promise<MovementResult> {
  const result = await poster.submit(command, call.deadlineMs);
  if (result.replayed) call.setReplayed();
  return result;
}
