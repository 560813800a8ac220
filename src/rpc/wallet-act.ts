import type { Act, Acts } from "../engine/acts.js";
import type { NamedWallet } from "../engine/named-wallet.js";
import { newId } from "../engine/new-id.js";
import type { WalletRef } from "../gen/wallet/v1/wallet_pb.js";
import type { WalletAddress } from "../ledger/movement.js";
import type { WalletView } from "../ledger/wallet.js";
import type { Check } from "./decode/check.js";
import { claimOf } from "./decode/claim.js";
import { checkReason } from "./decode/text.js";
import { decodeWalletRef } from "./decode/wallet-ref.js";
import { encodeWallet } from "./encode/wallet.js";
import type { Call } from "./pipeline/call.js";

/** The fields of every request that changes a wallet without moving value. */
export interface WalletActRequest {
  readonly wallet?: WalletRef | undefined;
  readonly asset: string;
  readonly reason: string;
}

/** The wallet that such a request names; its reason is checked as well. */
export function decodeNamedWallet(
  check: Check,
  call: Call,
  { wallet: ref, asset, reason }: WalletActRequest,
): NamedWallet {
  const address = decodeWalletRef(check, call.caller, { ref, field: "wallet", asset, assetField: "asset" });
  checkReason(check, reason);
  return { address, asset };
}

/** Runs an act that is done to one wallet, and answers the wallet. */
export async function runWalletAct(
  acts: Acts,
  call: Call,
  { walletId, holderId }: WalletAddress,
  { fingerprint, run, reason = "" }: { fingerprint: Buffer; run: Act<WalletView>["run"]; reason?: string },
) {
  const { result, replayed } = await acts.run({
    claim: claimOf(call, newId(), fingerprint),
    deadlineMs: call.deadlineMs,
    resourceId: walletId,
    holderId,
    walletId,
    reason,
    run,
  });
  if (replayed) call.setReplayed();
  return { wallet: encodeWallet(result) };
}
