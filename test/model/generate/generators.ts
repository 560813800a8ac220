import type { Command, CommandKind } from "../command.js";
import { enqueueTransaction, executeBatch, executeStream } from "./batches.js";
import type { Choices } from "./choices.js";
import { postTransaction } from "./compound.js";
import { captureHold, expireHold, someHold } from "./holds.js";
import { openJob, someJob } from "./jobs.js";
import { oneSided, refundTransaction, reverseTransaction, transfer } from "./movements.js";
import { closeWallet, createHolder, onWallet, setWalletLimits } from "./statuses.js";

/** How often a kind of command comes, against the others, and how one is made up. */
export interface Generator {
  readonly weight: number;
  readonly make: (choices: Choices) => Command;
}

/** Every kind of command. */
export const generators: { readonly [Kind in CommandKind]: Generator } = {
  createHolder: { weight: 1, make: createHolder },
  createWallet: {
    weight: 1.5,
    make: (of) => ({ kind: "createWallet", holder: of.holder(), asset: of.asset() }),
  },
  suspendHolder: { weight: 0.8, make: (of) => ({ kind: "suspendHolder", holder: of.holder() }) },
  reactivateHolder: { weight: 0.4, make: (of) => ({ kind: "reactivateHolder", holder: of.holder() }) },
  freezeAsset: { weight: 0.7, make: (of) => ({ kind: "freezeAsset", asset: of.asset() }) },
  unfreezeAsset: { weight: 0.4, make: (of) => ({ kind: "unfreezeAsset", asset: of.asset() }) },
  setAssetLimits: {
    weight: 0.5,
    make: (of) => ({ kind: "setAssetLimits", asset: of.asset(), ...of.limits(100n) }),
  },
  freezeWallet: { weight: 1, make: (of) => onWallet(of, "freezeWallet") },
  unfreezeWallet: { weight: 0.5, make: (of) => onWallet(of, "unfreezeWallet") },
  closeWallet: { weight: 0.8, make: closeWallet },
  setWalletLimits: { weight: 2, make: setWalletLimits },
  topUp: { weight: 12, make: (of) => oneSided(of, "topUp") },
  withdraw: { weight: 6, make: (of) => oneSided(of, "withdraw") },
  grantBonus: { weight: 4, make: (of) => oneSided(of, "grantBonus") },
  adjustBalance: { weight: 4, make: (of) => oneSided(of, "adjustBalance") },
  spend: {
    weight: 10,
    make: (of) => ({ ...oneSided(of, "spend"), kind: "spend", withJob: of.random.chance(45) }),
  },
  transfer: { weight: 14, make: transfer },
  refundTransaction: { weight: 8, make: refundTransaction },
  reverseTransaction: { weight: 4, make: reverseTransaction },
  postTransaction: { weight: 6, make: postTransaction },
  executeBatch: { weight: 3, make: executeBatch },
  executeStream: { weight: 2, make: executeStream },
  enqueueTransaction: { weight: 4, make: enqueueTransaction },
  authorizeHold: {
    weight: 7,
    make: (of) => ({
      ...oneSided(of, "withdraw"),
      kind: "authorizeHold",
      ttlSeconds: of.random.pick([null, 3_600, 86_400]),
    }),
  },
  captureHold: { weight: 7, make: captureHold },
  voidHold: { weight: 1.5, make: (of) => ({ kind: "voidHold", hold: someHold(of) }) },
  extendHold: {
    weight: 1.5,
    make: (of) => ({ kind: "extendHold", hold: someHold(of), ttlSeconds: of.random.pick([1_800, 100_000]) }),
  },
  expireHold: { weight: 1, make: expireHold },
  startJob: { weight: 2, make: (of) => ({ kind: "startJob", job: someJob(of, ["PENDING"]) }) },
  completeJob: { weight: 1.5, make: (of) => ({ kind: "completeJob", job: openJob(of) }) },
  failJob: { weight: 2.5, make: (of) => ({ kind: "failJob", job: openJob(of) }) },
};
