import type { MovementResult } from "../engine/outcome.js";
import type { Poster } from "../engine/poster.js";
import type {
  GrantBonusRequest,
  SpendRequest,
  TopUpRequest,
  WithdrawRequest,
} from "../gen/wallet/v1/movement_pb.js";
import {
  addressOfSystem,
  type SimpleMovement,
  type SimpleType,
  type WalletAddress,
} from "../ledger/movement.js";
import type { SystemRole } from "../ledger/wallet.js";
import { Check } from "./decode/check.js";
import { decodeJobSpec } from "./decode/job.js";
import { type Conditions, commandOf, decodeAmount, decodeConditions } from "./decode/movement.js";
import { checkReason } from "./decode/text.js";
import { assertOwnWallet, decodeWalletRef } from "./decode/wallet-ref.js";
import { encodeJob } from "./encode/job.js";
import { encodeMovementResult } from "./encode/transaction.js";
import type { Call } from "./pipeline/call.js";
import type { Handlers } from "./pipeline/handlers.js";

type MovementHandlers = Required<
  Pick<Handlers["wallet"], "topUp" | "withdraw" | "spend" | "grantBonus" | "transfer">
>;

/** A movement between one wallet and one of the asset's system wallets. */
interface OneSided {
  readonly type: SimpleType;
  readonly system: SystemRole;
  /** Which way the value goes, seen from the wallet. */
  readonly direction: "in" | "out";
}

const topUp: OneSided = { type: "TOP_UP", system: "TREASURY", direction: "in" };
const withdrawal: OneSided = { type: "WITHDRAWAL", system: "TREASURY", direction: "out" };
const spend: OneSided = { type: "SPEND", system: "REVENUE", direction: "out" };
const bonus: OneSided = { type: "BONUS", system: "PROMOTIONS", direction: "in" };

const amountPositive = "must be positive, a whole number of the asset's smallest units";

/** The fields of such a movement's request, whichever RPC it is of. */
type OneSidedRequest = Omit<TopUpRequest | WithdrawRequest | GrantBonusRequest | SpendRequest, "$typeName">;

/** The RPCs of `WalletService` that move one amount. */
export function movementHandlers(poster: Poster): MovementHandlers {
  const oneSided = (kind: OneSided) => async (request: OneSidedRequest, call: Call) =>
    answer(poster, call, decodeOneSided(new Check(), kind, request, call));
  return {
    topUp: oneSided(topUp),
    withdraw: oneSided(withdrawal),
    grantBonus: oneSided(bonus),
    spend: async (request, call) => {
      const check = new Check();
      const job = decodeJobSpec(check, request.job);
      const movement = decodeOneSided(check, spend, request, call);
      const result = await submit(poster, call, { ...movement, job });
      return {
        ...encodeMovementResult(call.caller, result),
        ...(result.job !== null && !movement.validateOnly && { job: encodeJob(result.job) }),
      };
    },
    transfer: async (request, call) => {
      const check = new Check();
      const { asset, units } = decodeAmount(check, request.amount);
      check.that(request.amount === undefined || units > 0n, "amount.units", amountPositive);
      const named = { asset, assetField: "amount.asset" };
      const source = decodeWalletRef(check, call.caller, { ref: request.source, field: "source", ...named });
      check.that(
        request.destination?.ref.case !== undefined,
        "destination",
        "is required: give holder_id or wallet_id",
      );
      const destination = decodeWalletRef(check, call.caller, {
        ref: request.destination,
        field: "destination",
        ...named,
      });
      const conditions = decodeConditions(check, request, request.description);
      check.done();
      assertOwnWallet(call.caller, source, asset);
      return answer(poster, call, {
        kind: "simple",
        type: "TRANSFER",
        asset,
        amount: units,
        source,
        destination,
        subject: "source",
        job: null,
        ...conditions,
      });
    },
  };
}

/** The operator's correction of a balance, in either direction. */
export function adjustBalanceHandler(poster: Poster): NonNullable<Handlers["admin"]["adjustBalance"]> {
  return async (request, call) => {
    const check = new Check();
    checkReason(check, request.reason);
    const { asset, units } = decodeAmount(check, request.amount);
    const fits = units !== 0n && -units <= 9_223_372_036_854_775_807n;
    check.that(
      request.amount === undefined || fits,
      "amount.units",
      "must not be zero, nor the lowest 64-bit integer",
    );
    const wallet = decodeWalletRef(check, call.caller, {
      ref: request.wallet,
      field: "wallet",
      asset,
      assetField: "amount.asset",
    });
    const conditions = decodeConditions(check, request, request.reason);
    check.done();
    const kind: OneSided = {
      type: "ADJUSTMENT",
      system: "ADJUSTMENTS",
      direction: units > 0n ? "in" : "out",
    };
    const amount = units > 0n ? units : -units;
    return answer(poster, call, oneSidedMovement(kind, wallet, { asset, amount }, conditions));
  };
}

async function answer(poster: Poster, call: Call, movement: SimpleMovement) {
  return encodeMovementResult(call.caller, await submit(poster, call, movement));
}

async function submit(poster: Poster, call: Call, movement: SimpleMovement): Promise<MovementResult> {
  const result = await poster.submit(commandOf(call, movement), call.deadlineMs);
  if (result.replayed) call.setReplayed();
  return result;
}

function decodeOneSided(check: Check, kind: OneSided, request: OneSidedRequest, call: Call): SimpleMovement {
  const { asset, units } = decodeAmount(check, request.amount);
  check.that(request.amount === undefined || units > 0n, "amount.units", amountPositive);
  const wallet = decodeWalletRef(check, call.caller, {
    ref: request.wallet,
    field: "wallet",
    asset,
    assetField: "amount.asset",
  });
  const conditions = decodeConditions(check, request, request.description);
  check.done();
  assertOwnWallet(call.caller, wallet, asset);
  return oneSidedMovement(kind, wallet, { asset, amount: units }, conditions);
}

function oneSidedMovement(
  kind: OneSided,
  wallet: WalletAddress,
  { asset, amount }: { asset: string; amount: bigint },
  conditions: Conditions,
): SimpleMovement {
  const system = addressOfSystem(asset, kind.system);
  const [source, destination] = kind.direction === "in" ? [system, wallet] : [wallet, system];
  const subject = kind.direction === "in" ? "destination" : "source";
  return {
    kind: "simple",
    type: kind.type,
    asset,
    amount,
    source,
    destination,
    subject,
    job: null,
    ...conditions,
  };
}
