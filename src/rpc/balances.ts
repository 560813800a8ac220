import { GatheredWallets } from "../db/gathered-wallets.js";
import type { Pool } from "../db/pool.js";
import { findWallets } from "../db/wallets.js";
import { balanceAt } from "../engine/balance-at.js";
import type { Settling } from "../engine/settled.js";
import { balanceOf, type Wallet } from "../ledger/wallet.js";
import { WalletError } from "../ledger/wallet-error.js";
import { Check } from "./decode/check.js";
import { decodeTime } from "./decode/time.js";
import { assertOwnNamed, decodeWalletRef } from "./decode/wallet-ref.js";
import { encodeBalance, encodeTime, encodeWalletBalance } from "./encode/money.js";
import { assertReadable } from "./find-wallet.js";
import type { Handlers } from "./pipeline/handlers.js";

type BalanceHandlers = Required<Pick<Handlers["wallet"], "getBalance" | "batchGetBalances">>;

const queriesMax = 500;

/** The RPCs that read balances. */
export function balanceHandlers(reader: Pool, settling: Settling): BalanceHandlers {
  const gathered = new GatheredWallets(reader);
  return {
    getBalance: async ({ wallet: ref, asset, asOfTime, minVersion }, call) => {
      const check = new Check();
      const address = decodeWalletRef(check, call.caller, {
        ref,
        field: "wallet",
        asset,
        assetField: "asset",
      });
      const at = decodeTime(check, "as_of_time", asOfTime);
      check.that(minVersion === undefined || minVersion >= 0n, "min_version", "must not be negative");
      check.that(
        minVersion === undefined || at === null,
        "min_version",
        "does not go together with as_of_time",
      );
      check.done();
      call.concerns({ wallets: [address] });
      assertOwnNamed(call.caller, address);
      const { wallet: found, time } = await gathered.find(address.walletId);
      const wallet = await assertReadable(reader, call.caller, { address, asset, wallet: found });
      if (minVersion !== undefined) assertVersion(wallet, minVersion);
      const balance = at === null ? balanceOf(wallet) : await balanceAt(reader, settling, wallet, at);
      return { walletId: wallet.id, balance: encodeBalance(balance), asOfTime: encodeTime(at ?? time) };
    },
    batchGetBalances: async ({ queries }, call) => {
      const check = new Check();
      const fits = queries.length >= 1 && queries.length <= queriesMax;
      check.that(fits, "queries", `must be 1 to ${queriesMax}`);
      check.done();
      const named = queries.map(({ wallet: ref, asset }, index) => {
        const at = `queries[${index}]`;
        const field = `${at}.wallet`;
        return {
          asset,
          address: decodeWalletRef(check, call.caller, { ref, field, asset, assetField: `${at}.asset` }),
        };
      });
      check.done();
      call.concerns({ wallets: named.map(({ address }) => address) });
      for (const { address } of named) assertOwnNamed(call.caller, address);
      const ids = named.map(({ address }) => address.walletId);
      const { wallets, time } = await findWallets(reader, [...new Set(ids)]);
      const byId = new Map(wallets.map((wallet) => [wallet.id, wallet]));
      const balances = [];
      for (const [index, { address, asset }] of named.entries()) {
        const wallet = byId.get(address.walletId);
        balances.push(
          await assertReadable(reader, call.caller, { address, asset, wallet }).catch(inQuery(index)),
        );
      }
      return {
        balances: balances.map((wallet) => encodeWalletBalance(balanceOf(wallet))),
        snapshotTime: encodeTime(time),
      };
    },
  };
}

function assertVersion(wallet: Wallet, minVersion: bigint): void {
  if (wallet.version >= minVersion) return;
  throw new WalletError(
    "VERSION_MISMATCH",
    `Wallet ${wallet.id} has version ${wallet.version}, and has not reached ${minVersion}.`,
    {
      metadata: {
        wallet_id: wallet.id,
        expected_version: `${minVersion}`,
        current_version: `${wallet.version}`,
      },
    },
  );
}

/** Says which query of a batch an error is about. */
function inQuery(index: number): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof WalletError)) throw error;
    const metadata = { ...error.metadata, query: `${index}` };
    throw new WalletError(error.reason, `queries[${index}]: ${error.message}`, { metadata, cause: error });
  };
}
