import type { LedgerState } from "../../src/ledger/state.js";
import { type Asset, holderWalletId, unopenedWallet, type Wallet } from "../../src/ledger/wallet.js";

/** A locked state that a test may change. */
export type MutableState = LedgerState & { readonly assets: Map<string, Asset> };

/** A locked state in which each of these holders has this much of gold. */
export function stateWith(balances: Record<string, bigint>): MutableState {
  const wallets = Object.entries(balances).map(([holderId, balance]) =>
    holderWallet("gold", holderId, balance),
  );
  return {
    assets: new Map([["gold", asset("gold")]]),
    wallets: new Map(wallets.map((wallet) => [wallet.id, wallet])),
    holders: new Map(),
    holds: new Map(),
    refundTotals: new Map(),
    jobs: new Map(),
    outgoing: new Map(),
    references: new Map(),
    now: 1_000n,
  };
}

export function holderWallet(code: string, holderId: string, balance: bigint): Wallet {
  const unopened = unopenedWallet(holderWalletId(code, holderId), code, holderId, 0n);
  return { ...unopened, version: 1n, balance };
}

export function asset(code: string): Asset {
  return {
    code,
    name: code,
    scale: 0,
    status: "ACTIVE",
    transactionLimit: null,
    dailyLimit: null,
    createTime: 0n,
    updateTime: 0n,
  };
}
