import type { Acts } from "../engine/acts.js";
import { setWalletLimits } from "../engine/wallet-limits.js";
import type { SetWalletLimitsRequest } from "../gen/wallet/v1/wallet_pb.js";
import { balanceMin } from "../ledger/amount.js";
import { fingerprintOf } from "../ledger/fingerprint.js";
import type { WalletLimits } from "../ledger/wallet.js";
import { Check } from "./decode/check.js";
import { decodeLimit } from "./decode/limit.js";
import { decodeExpectedVersion } from "./decode/version.js";
import type { Handlers } from "./pipeline/handlers.js";
import { decodeNamedWallet, runWalletAct } from "./wallet-act.js";

/** The RPC that sets what a wallet may have and give. */
export function walletLimitsHandler(acts: Acts): NonNullable<Handlers["admin"]["setWalletLimits"]> {
  return async (request, call) => {
    const check = new Check();
    const named = decodeNamedWallet(check, call, request);
    const limits = decodeLimits(check, request);
    const expectedVersion = decodeExpectedVersion(check, "expected_version", request.expectedVersion);
    check.done();
    return runWalletAct(acts, call, named.address, {
      fingerprint: fingerprintOf(call.method, [
        [1, named.address.walletId],
        [2, named.asset],
        [3, limits.minBalance],
        [4, limits.maxBalance],
        [5, limits.transactionLimit],
        [6, limits.dailyLimit],
        [7, request.reason],
        [8, expectedVersion],
      ]),
      reason: request.reason,
      run: (context) => setWalletLimits(context, named, { limits, expectedVersion }),
    });
  };
}

function decodeLimits(check: Check, request: SetWalletLimitsRequest): WalletLimits {
  const { minBalanceUnits: minBalance, maxBalanceUnits: maxBalance } = request;
  check.that(minBalance >= balanceMin, "min_balance_units", `must be at least ${balanceMin}`);
  check.that(
    maxBalance === undefined || maxBalance >= minBalance,
    "max_balance_units",
    "must not be below min_balance_units; leave it out for no ceiling",
  );
  return {
    minBalance,
    maxBalance: maxBalance ?? null,
    transactionLimit: decodeLimit(check, "transaction_limit_units", request.transactionLimitUnits),
    dailyLimit: decodeLimit(check, "daily_limit_units", request.dailyLimitUnits),
  };
}
