import type {
  AdjustBalanceRequest,
  GrantBonusRequest,
  SpendRequest,
  TopUpRequest,
  TransferRequest,
  WithdrawRequest,
} from "../../gen/wallet/v1/movement_pb.js";
import type { Command } from "../../ledger/command.js";
import {
  addressOfSystem,
  type SimpleMovement,
  type SimpleType,
  type WalletAddress,
} from "../../ledger/movement.js";
import type { SystemRole } from "../../ledger/wallet.js";
import type { Caller } from "../access/caller.js";
import { Check } from "./check.js";
import type { Asking } from "./claim.js";
import { decodeJobSpec } from "./job.js";
import { type Conditions, commandOf, decodeAmount, decodeConditions } from "./movement.js";
import { checkReason } from "./text.js";
import { assertOwnWallet, decodeMovedWallet } from "./wallet-ref.js";

/** Decodes a request into what it asks for, and notes what is wrong with its form. */
export type Decode<Request> = (check: Check, caller: Caller, request: Request) => SimpleMovement;

/**
 * A request as a command.
 *
 * @throws INVALID_FIELD, NOT_YOUR_WALLET or SAME_WALLET
 */
export function simpleCommand<Request>(decode: Decode<Request>, request: Request, call: Asking): Command {
  const check = new Check();
  const movement = decode(check, call.caller, request);
  check.done();
  const { source, destination, subject, asset } = movement;
  call.concerns?.({ wallets: [source, destination] });
  assertOwnWallet(call.caller, subject === "source" ? source : destination, asset);
  return commandOf(call, movement);
}

/** A movement between one wallet and one of the asset's system wallets. */
interface OneSided {
  readonly type: SimpleType;
  readonly system: SystemRole;
  /** Which way the value goes, seen from the wallet. */
  readonly direction: "in" | "out";
}

const amountPositive = "must be positive, a whole number of the asset's smallest units";

export const decodeTopUp: Decode<TopUpRequest> = oneSided({
  type: "TOP_UP",
  system: "TREASURY",
  direction: "in",
});

export const decodeWithdrawal: Decode<WithdrawRequest> = oneSided({
  type: "WITHDRAWAL",
  system: "TREASURY",
  direction: "out",
});

export const decodeBonus: Decode<GrantBonusRequest> = oneSided({
  type: "BONUS",
  system: "PROMOTIONS",
  direction: "in",
});

const decodePlainSpend = oneSided({ type: "SPEND", system: "REVENUE", direction: "out" });

export const decodeSpend: Decode<SpendRequest> = (check, caller, request) => ({
  ...decodePlainSpend(check, caller, request),
  job: decodeJobSpec(check, request.job),
});

export const decodeTransfer: Decode<TransferRequest> = (check, caller, request) => {
  const { asset, units } = decodeAmount(check, request.amount);
  check.that(request.amount === undefined || units > 0n, "amount.units", amountPositive);
  const named = { asset, assetField: "amount.asset" };
  const source = decodeMovedWallet(check, caller, { ref: request.source, field: "source", ...named });
  check.that(
    request.destination?.ref.case !== undefined,
    "destination",
    "is required: give holder_id or wallet_id",
  );
  const destination = decodeMovedWallet(check, caller, {
    ref: request.destination,
    field: "destination",
    ...named,
  });
  return {
    kind: "simple",
    type: "TRANSFER",
    asset,
    amount: units,
    source,
    destination,
    subject: "source",
    job: null,
    ...decodeConditions(check, request, request.description),
  };
};

/** The operator's correction of a balance, in either direction. */
export const decodeAdjustment: Decode<AdjustBalanceRequest> = (check, caller, request) => {
  checkReason(check, request.reason);
  const { asset, units } = decodeAmount(check, request.amount);
  const fits = units !== 0n && -units <= 9_223_372_036_854_775_807n;
  check.that(
    request.amount === undefined || fits,
    "amount.units",
    "must not be zero, nor the lowest 64-bit integer",
  );
  const wallet = decodeMovedWallet(check, caller, {
    ref: request.wallet,
    field: "wallet",
    asset,
    assetField: "amount.asset",
  });
  const conditions = decodeConditions(check, request, request.reason);
  const direction = units > 0n ? "in" : "out";
  const amount = units > 0n ? units : -units;
  return oneSidedMovement(
    { type: "ADJUSTMENT", system: "ADJUSTMENTS", direction },
    wallet,
    { asset, amount },
    conditions,
  );
};

function oneSided(
  kind: OneSided,
): Decode<Omit<TopUpRequest | WithdrawRequest | GrantBonusRequest | SpendRequest, "$typeName">> {
  return (check, caller, request) => {
    const { asset, units } = decodeAmount(check, request.amount);
    check.that(request.amount === undefined || units > 0n, "amount.units", amountPositive);
    const wallet = decodeMovedWallet(check, caller, {
      ref: request.wallet,
      field: "wallet",
      asset,
      assetField: "amount.asset",
    });
    const conditions = decodeConditions(check, request, request.description);
    return oneSidedMovement(kind, wallet, { asset, amount: units }, conditions);
  };
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
