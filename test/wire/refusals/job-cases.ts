import { amountMax } from "../../../src/ledger/amount.js";
import type { Reason } from "../../../src/ledger/reason.js";
import { keyed, type TestClients } from "../../support/app.js";
import { givenFunds, ofHolder } from "../../support/given.js";
import {
  givenClosedWallet,
  givenFrozenAsset,
  givenFrozenWallet,
  givenJob,
  givenLimits,
  givenSuspendedHolder,
  nowhere,
  type Place,
  systemWallet,
} from "./place.js";
import type { Asked, RefusalCase } from "./refusal-case.js";

type Step = (by: TestClients, jobId: string, options: Parameters<Asked["call"]>[1]) => Promise<unknown>;

const fail: Step = (by, jobId, options) => by.wallet.failJob({ jobId, reason: "the disk was full" }, options);

/** The RPCs that take a job a step further. */
const steps: Record<string, Step> = {
  StartJob: (by, jobId, options) => by.wallet.startJob({ jobId }, options),
  CompleteJob: (by, jobId, options) => by.wallet.completeJob({ jobId }, options),
  FailJob: fail,
};

const anyStep = Object.entries(steps).flatMap(([rpc, step]): RefusalCase[] => [
  {
    rpc,
    reason: "INVALID_FIELD",
    when: "of a job whose id is none",
    arrange: () => ({
      call: (by, options) => step(by, "job-7", options),
      metadata: { fields: "job_id" },
    }),
  },
  {
    rpc,
    reason: "JOB_NOT_FOUND",
    when: "of a job that there is not",
    arrange: () => ({
      call: (by, options) => step(by, nowhere, options),
      metadata: { job_id: nowhere },
    }),
  },
  {
    rpc,
    reason: "JOB_STATE",
    when: "of a job that is done",
    arrange: async (place) => {
      const { jobId } = await givenJob(place);
      await place.caller.wallet.completeJob({ jobId }, keyed());
      return {
        call: (by, options) => step(by, jobId, options),
        metadata: { job_id: jobId, state: "COMPLETED" },
      };
    },
  },
]);

/** What keeps a failed job's cost, 10 units, from going back to the wallet that paid. */
const stops: readonly {
  reason: Reason;
  when: string;
  stop(place: Place): Promise<void>;
  named(place: Place): Record<string, string>;
}[] = [
  {
    reason: "ASSET_FROZEN",
    when: "in a frozen asset",
    stop: givenFrozenAsset,
    named: ({ asset }) => ({ asset }),
  },
  {
    reason: "HOLDER_SUSPENDED",
    when: "of a suspended holder",
    stop: givenSuspendedHolder,
    named: ({ holder }) => ({ holder_id: holder }),
  },
  {
    reason: "WALLET_FROZEN",
    when: "that a frozen wallet paid for",
    stop: (place) => givenFrozenWallet(place, place.walletId),
    named: ({ walletId }) => ({ wallet_id: walletId }),
  },
  {
    reason: "WALLET_CLOSED",
    when: "that a wallet paid for which was closed since",
    stop: givenClosedWallet,
    named: ({ walletId }) => ({ wallet_id: walletId }),
  },
  {
    reason: "LIMIT_EXCEEDED",
    when: "whose cost would pass the ceiling of the wallet",
    stop: (place) => givenLimits(place, { maxBalanceUnits: 95n }),
    named: ({ walletId, asset }) => ({
      limit: "max_balance",
      limit_units: "95",
      requested_units: "10",
      headroom_units: "5",
      wallet_id: walletId,
      asset,
    }),
  },
  {
    reason: "INSUFFICIENT_FUNDS",
    when: "when REVENUE has to keep a part of its cost",
    stop: (place) => givenLimits(place, { minBalanceUnits: 4n }, systemWallet(place, "REVENUE")),
    named: (place) => ({
      wallet_id: systemWallet(place, "REVENUE"),
      asset: place.asset,
      available_units: "6",
      requested_units: "10",
      shortfall_units: "4",
    }),
  },
  {
    reason: "BALANCE_OVERFLOW",
    when: "when the wallet has all that 64 bits can count",
    stop: async ({ app, caller, holder, asset }) => {
      await givenFunds(app, holder, asset, amountMax - 100n);
      const amount = { asset, units: 10n };
      await caller.wallet.grantBonus({ wallet: ofHolder(holder), amount }, keyed());
    },
    named: ({ walletId, asset }) => ({
      wallet_id: walletId,
      asset,
      requested_units: "10",
      units_max: `${amountMax}`,
    }),
  },
];

/** Every refusal of StartJob, CompleteJob and FailJob. */
export const jobCases: readonly RefusalCase[] = [
  ...anyStep,
  ...stops.map(
    ({ reason, when, stop, named }): RefusalCase => ({
      rpc: "FailJob",
      reason,
      when: `of a job ${when}`,
      arrange: async (place) => {
        const { jobId } = await givenJob(place);
        await stop(place);
        return { call: (by, options) => fail(by, jobId, options), metadata: named(place) };
      },
    }),
  ),
];
