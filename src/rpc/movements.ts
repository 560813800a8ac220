import type { MovementResult } from "../engine/outcome.js";
import type { Poster } from "../engine/poster.js";
import { Check } from "./decode/check.js";
import { assertTwoWallets, commandOf } from "./decode/movement.js";
import {
  type Decode,
  decodeAdjustment,
  decodeBonus,
  decodeSpend,
  decodeTopUp,
  decodeTransfer,
  decodeWithdrawal,
} from "./decode/simple.js";
import { assertOwnWallet } from "./decode/wallet-ref.js";
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
      const result = await submit(poster, decodeSpend, request, call);
      const answer = encodeMovementResult(call.caller, result);
      return result.job === null ? answer : { ...answer, job: encodeJob(result.job) };
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
  return encodeMovementResult(call.caller, await submit(poster, decode, request, call));
}

async function submit<Request>(
  poster: Poster,
  decode: Decode<Request>,
  request: Request,
  call: Call,
): Promise<MovementResult> {
  const check = new Check();
  const movement = decode(check, call.caller, request);
  check.done();
  const subject = movement.subject === "source" ? movement.source : movement.destination;
  assertOwnWallet(call.caller, subject, movement.asset);
  assertTwoWallets(movement);
  const result = await poster.submit(commandOf(call, movement), call.deadlineMs);
  if (result.replayed) call.setReplayed();
  return result;
}
