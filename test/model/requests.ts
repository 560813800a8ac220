import type { DescMethodUnary, MessageInitShape } from "@bufbuild/protobuf";
import { AdminService } from "../../src/gen/wallet/v1/admin_service_pb.js";
import { BatchMode, BatchView, type MovementSchema } from "../../src/gen/wallet/v1/bulk_pb.js";
import { WalletService } from "../../src/gen/wallet/v1/wallet_service_pb.js";
import type { Amount, Batchable, Command, Conditions } from "./command.js";
import type { Names } from "./names.js";

const { method: wallet } = WalletService;
const { method: admin } = AdminService;

/** The commands that are one call with one answer. */
export type Unary = Exclude<Command, { kind: "executeStream" | "expireHold" }>;

/** The RPC that each kind of command calls. */
export const methods = {
  createHolder: wallet.createHolder,
  createWallet: wallet.createWallet,
  suspendHolder: admin.suspendHolder,
  reactivateHolder: admin.reactivateHolder,
  freezeAsset: admin.freezeAsset,
  unfreezeAsset: admin.unfreezeAsset,
  freezeWallet: admin.freezeWallet,
  unfreezeWallet: admin.unfreezeWallet,
  closeWallet: admin.closeWallet,
  setWalletLimits: admin.setWalletLimits,
  setAssetLimits: admin.updateAsset,
  topUp: wallet.topUp,
  withdraw: wallet.withdraw,
  grantBonus: wallet.grantBonus,
  adjustBalance: admin.adjustBalance,
  spend: wallet.spend,
  transfer: wallet.transfer,
  refundTransaction: wallet.refundTransaction,
  reverseTransaction: wallet.reverseTransaction,
  postTransaction: wallet.postTransaction,
  executeBatch: wallet.executeBatch,
  enqueueTransaction: wallet.enqueueTransaction,
  authorizeHold: wallet.authorizeHold,
  captureHold: wallet.captureHold,
  voidHold: wallet.voidHold,
  extendHold: wallet.extendHold,
  startJob: wallet.startJob,
  completeJob: wallet.completeJob,
  failJob: wallet.failJob,
} satisfies Record<Unary["kind"], DescMethodUnary>;

const reason = "a random history";

/** The request that sends a command, in the service's names. */
export function requestOf(command: Unary, names: Names): Record<string, unknown> {
  switch (command.kind) {
    case "createHolder":
      return { holderId: names.holder(command.holder), email: names.email(command.email) };
    case "createWallet":
      return { holderId: names.holder(command.holder), asset: names.asset(command.asset) };
    case "suspendHolder":
    case "reactivateHolder":
      return { holderId: names.holder(command.holder), reason };
    case "freezeAsset":
    case "unfreezeAsset":
      return { code: names.asset(command.asset), reason };
    case "setAssetLimits":
      return { code: names.asset(command.asset), limits: limitsOf(command) };
    case "freezeWallet":
    case "unfreezeWallet":
      return { wallet: names.ref(command.wallet), asset: names.asset(command.asset), reason };
    case "closeWallet":
      return {
        ...{ wallet: names.ref(command.wallet), asset: names.asset(command.asset), reason },
        ...versionOf(command),
      };
    case "setWalletLimits":
      return {
        ...{ wallet: names.ref(command.wallet), asset: names.asset(command.asset), reason },
        ...{ minBalanceUnits: command.min, ...limitsOf(command), ...versionOf(command) },
        ...(command.max !== null && { maxBalanceUnits: command.max }),
      };
    case "adjustBalance":
      return {
        ...{ wallet: names.ref(command.wallet), amount: moneyOf(names, command), reason },
        ...conditionsOf(names, command),
      };
    case "authorizeHold":
      return {
        ...{ wallet: names.ref(command.wallet), amount: moneyOf(names, command) },
        ...(command.ttlSeconds !== null && { ttl: { seconds: BigInt(command.ttlSeconds) } }),
        ...conditionsOf(names, command),
      };
    case "captureHold":
      return {
        ...{ holdId: names.id(command.hold), final: command.final, ...conditionsOf(names, command) },
        ...(command.units !== null && { amount: moneyOf(names, { ...command, units: command.units }) }),
        splits: command.splits.map(({ target, units }) => ({
          target: names.target(target),
          ...(units !== null && { amount: moneyOf(names, { ...command, units }) }),
        })),
      };
    case "voidHold":
      return { holdId: names.id(command.hold), reason };
    case "extendHold":
      return { holdId: names.id(command.hold), ttl: { seconds: BigInt(command.ttlSeconds) } };
    case "startJob":
    case "completeJob":
      return { jobId: names.id(command.job) };
    case "failJob":
      return { jobId: names.id(command.job), reason };
    case "reverseTransaction":
      return {
        transactionId: names.id(command.transaction),
        reason,
        allowBelowFloor: command.allowBelowFloor,
        externalReference: names.reference(command.reference),
        validateOnly: command.validateOnly,
      };
    case "enqueueTransaction":
      return { movement: movementOf(command.movement, names) };
    case "executeBatch":
      return {
        items: command.items.map(({ key, movement }) => ({
          idempotencyKey: names.key(key),
          movement: movementOf(movement, names),
        })),
        mode: BatchMode[command.mode],
        view: command.full ? BatchView.FULL : BatchView.BASIC,
        validateOnly: command.validateOnly,
      };
    default:
      return batchable(command, names);
  }
}

/** A movement of a batch, a stream or the queue. */
export function movementOf(movement: Batchable, names: Names) {
  return { kind: { case: movement.kind, value: batchable(movement, names) } } as MessageInitShape<
    typeof MovementSchema
  >;
}

/** The requests that may also be a movement of a batch. */
function batchable(command: Batchable, names: Names): Record<string, unknown> {
  switch (command.kind) {
    case "transfer":
      return {
        ...{ source: names.ref(command.source), destination: names.ref(command.destination) },
        ...{ amount: moneyOf(names, command), ...conditionsOf(names, command) },
      };
    case "refundTransaction":
      return {
        ...{ transactionId: names.id(command.transaction), ...conditionsOf(names, command) },
        ...(command.amount !== null && { amount: moneyOf(names, command.amount) }),
      };
    case "postTransaction":
      return {
        legs: command.legs.map((leg) => ({
          ...{ target: names.target(leg.target), amount: moneyOf(names, leg) },
          ...versionOf(leg),
        })),
        exchanges: command.exchanges.map(({ sold, bought }) => ({
          ...{ sold: moneyOf(names, sold), bought: moneyOf(names, bought) },
        })),
        externalReference: names.reference(command.reference),
        validateOnly: command.validateOnly,
      };
    default:
      return {
        ...{ wallet: names.ref(command.wallet), amount: moneyOf(names, command) },
        ...conditionsOf(names, command),
        ...(command.kind === "spend" && command.withJob && { job: { kind: "history" } }),
      };
  }
}

function moneyOf(names: Names, { asset, units }: Amount) {
  return { asset: names.asset(asset), units };
}

function conditionsOf(names: Names, command: Conditions) {
  return {
    externalReference: names.reference(command.reference),
    validateOnly: command.validateOnly,
    ...versionOf(command),
  };
}

function versionOf({ expectedVersion }: { expectedVersion: bigint | null }) {
  return expectedVersion === null ? {} : { expectedVersion };
}

function limitsOf({ perTransaction, daily }: { perTransaction: bigint | null; daily: bigint | null }) {
  return {
    ...(perTransaction !== null && { transactionLimitUnits: perTransaction }),
    ...(daily !== null && { dailyLimitUnits: daily }),
  };
}
