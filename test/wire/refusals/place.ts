import { type SystemRole, systemWalletId } from "../../../src/ledger/wallet.js";
import { keyed, type TestApp, type TestClients } from "../../support/app.js";
import { givenAsset, givenFunds, givenHolder, ofHolder, ofWallet } from "../../support/given.js";

/** What one case has to itself, so that what it freezes or closes stops no other. */
export interface Place {
  readonly app: TestApp;
  /** The caller, who may call everything, so that nothing is refused for its role. */
  readonly caller: TestClients;
  /** The code of an asset. */
  readonly asset: string;
  /** A holder with 100 units of it; its wallet has version 1. */
  readonly holder: string;
  readonly walletId: string;
  /** A holder without a wallet. */
  readonly stranger: string;
}

/** The id of nothing. */
export const nowhere = "0197a000-0000-7000-8000-000000000000";

/** Why an operator does what a case needs. */
const because = { reason: "for the test" };

let places = 0;

/** A place of its own for one case. */
export async function givenPlace(app: TestApp): Promise<Place> {
  const number = ++places;
  const [asset, holder, stranger] = [`asset_${number}`, `holder-${number}`, `stranger-${number}`];
  await Promise.all([givenAsset(app, asset), givenHolder(app, holder), givenHolder(app, stranger)]);
  const walletId = await givenFunds(app, holder, asset, 100n);
  return { app, caller: app.as("admin"), asset, holder, walletId, stranger };
}

/** Another asset, in which nobody has anything. */
export async function givenOtherAsset({ app, asset }: Place): Promise<string> {
  await givenAsset(app, `other_${asset}`);
  return `other_${asset}`;
}

export async function givenFrozenAsset({ caller, asset }: Place): Promise<void> {
  await caller.admin.freezeAsset({ code: asset, ...because }, keyed());
}

export async function givenSuspendedHolder({ caller, holder }: Place): Promise<void> {
  await caller.admin.suspendHolder({ holderId: holder, ...because }, keyed());
}

export async function givenFrozenWallet({ caller }: Place, walletId: string): Promise<void> {
  await caller.admin.freezeWallet({ wallet: ofWallet(walletId), ...because }, keyed());
}

/** Closes the wallet of the place's holder, which is emptied before. */
export async function givenClosedWallet(place: Place): Promise<void> {
  const { caller, asset, holder, walletId } = place;
  const wallet = ofWallet(walletId);
  const { balance } = await caller.wallet.getBalance({ wallet });
  const units = balance?.posted?.units ?? 0n;
  if (units > 0n)
    await caller.wallet.withdraw({ wallet: ofHolder(holder), amount: { asset, units } }, keyed());
  await caller.admin.closeWallet({ wallet, ...because }, keyed());
}

/** Sets limits of a wallet, by default of the one of the place's holder. */
export async function givenLimits(
  { caller, walletId }: Place,
  limits: { minBalanceUnits?: bigint; maxBalanceUnits?: bigint; transactionLimitUnits?: bigint },
  of: string = walletId,
): Promise<void> {
  await caller.admin.setWalletLimits({ wallet: ofWallet(of), ...limits, ...because }, keyed());
}

/** The id of a system wallet of the place's asset. */
export function systemWallet({ asset }: Place, role: SystemRole): string {
  return systemWalletId(asset, role);
}

/** A job that cost the place's holder this much, with the spend that paid for it. */
export async function givenJob(
  { caller, asset, holder }: Place,
  units = 10n,
): Promise<{ jobId: string; transactionId: string }> {
  const request = { wallet: ofHolder(holder), amount: { asset, units }, job: { kind: "render_video" } };
  const { job, transaction } = await caller.wallet.spend(request, keyed());
  return { jobId: job?.id ?? "", transactionId: transaction?.id ?? "" };
}
