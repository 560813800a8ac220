import { amountMax } from "../../../src/ledger/amount.js";
import { keyed } from "../../support/app.js";
import { givenFunds, ofHolder } from "../../support/given.js";
import { anyStop, type Change, misnamedCases, type Stop, stoppedCases } from "./held-things.js";
import { givenClosedWallet, givenJob, givenLimits, systemWallet } from "./place.js";
import type { RefusalCase } from "./refusal-case.js";

const fail: Change = (by, jobId, options) =>
  by.wallet.failJob({ jobId, reason: "the disk was full" }, options);

/** The RPCs that take a job a step further. */
const steps: Record<string, Change> = {
  StartJob: (by, jobId, options) => by.wallet.startJob({ jobId }, options),
  CompleteJob: (by, jobId, options) => by.wallet.completeJob({ jobId }, options),
  FailJob: fail,
};

const anyStep = Object.entries(steps).flatMap(([rpc, step]): RefusalCase[] => [
  ...misnamedCases({ rpc, noun: "job", change: step }, "JOB_NOT_FOUND"),
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
const stops: readonly Stop[] = [
  ...anyStop,
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
  ...stoppedCases({ rpc: "FailJob", noun: "job", change: fail }, stops, async (place) => {
    const { jobId } = await givenJob(place);
    return jobId;
  }),
];
