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
    spend: (request, call) => move(poster, decodeSpend, request, call),
    grantBonus: (request, call) => move(poster, decodeBonus, request, call),
    transfer: (request, call) => move(poster, decodeTransfer, request, call),
  };
}

/** The operator's correction of a balance. */
export function adjustBalanceHandler(poster: Poster): NonNullable<Handlers["admin"]["adjustBalance"]> {
  return (request, call) => move(poster, decodeAdjustment, request, call);
}

async function move<Request>(poster: Poster, decode: Decode<Request>, request: Request, call: Call) {
  const check = new Check();
  const movement = decode(check, call.caller, request);
  check.done();
  const command = commandOf(call, movement);
  assertOwnWallet(call.caller, command.touches.subject, movement.asset);
  assertTwoWallets(movement);
  const result = await poster.submit(command, call.deadlineMs);
  if (result.replayed) call.setReplayed();
  return encodeMovementResult(call.caller, result);
}
