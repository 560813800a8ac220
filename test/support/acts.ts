import type { ActContext, ActResult } from "../../src/engine/acts.js";
import { changeAsset, createAsset } from "../../src/engine/assets.js";
import { changeHolder, createHolder, setHolderStatus } from "../../src/engine/holders.js";
import { setWalletLimits } from "../../src/engine/wallet-limits.js";
import { closeWallet, createWallet, setWalletStatus } from "../../src/engine/wallets.js";
import { fingerprintOf } from "../../src/ledger/fingerprint.js";
import { addressOfHolder } from "../../src/ledger/movement.js";
import {
  type Asset,
  type AssetLimits,
  type AssetStatus,
  type Holder,
  type HolderStatus,
  noLimits,
  type WalletLimits,
  type WalletView,
} from "../../src/ledger/wallet.js";
import { claimOf, freshKey, type TestEngine } from "./engine.js";

type Done<Result> = Promise<ActResult<Result>>;

/** Acts as the RPCs run them, each under a key of its own unless one is given. */
export const acts = {
  createHolder: (engine: TestEngine, id: string, email: string | null, key?: string): Done<Holder> =>
    run(engine, ["createHolder", id, email ?? ""], key, (context) =>
      createHolder(context, { id, email, displayName: id }),
    ),
  changeEmail: (engine: TestEngine, id: string, email: string | null, key?: string): Done<Holder> =>
    run(engine, ["changeEmail", id, email ?? ""], key, (context) => changeHolder(context, id, { email })),
  setHolder: (engine: TestEngine, id: string, status: HolderStatus, key?: string): Done<Holder> =>
    run(engine, ["setHolder", id, status], key, (context) => setHolderStatus(context, id, status)),
  createWallet: (engine: TestEngine, holderId: string, key?: string): Done<WalletView> =>
    run(engine, ["createWallet", holderId], key, (context) =>
      createWallet(context, { holderId, asset: "gold" }),
    ),
  setWallet: (
    engine: TestEngine,
    holderId: string,
    status: "ACTIVE" | "FROZEN",
    key?: string,
  ): Done<WalletView> =>
    run(engine, ["setWallet", holderId, status], key, (context) =>
      setWalletStatus(context, { address: addressOfHolder("gold", holderId), asset: "gold" }, status),
    ),
  createAsset: (engine: TestEngine, code: string, key?: string): Done<Asset> =>
    run(engine, ["createAsset", code], key, (context) =>
      createAsset(context, { code, name: code, scale: 2 }),
    ),
  closeWallet: (
    engine: TestEngine,
    holderId: string,
    expectedVersion: bigint | null = null,
    key?: string,
  ): Done<WalletView> =>
    run(engine, ["closeWallet", holderId, `${expectedVersion}`], key, (context) =>
      closeWallet(context, { address: addressOfHolder("gold", holderId), asset: "gold" }, expectedVersion),
    ),
  /** Limits that are not given are removed. */
  setLimits: (
    engine: TestEngine,
    holderId: string,
    given: Partial<WalletLimits>,
    key?: string,
  ): Done<WalletView> =>
    run(engine, ["setLimits", holderId, textOf(given)], key, (context) =>
      setWalletLimits(
        context,
        { address: addressOfHolder("gold", holderId), asset: "gold" },
        { limits: { minBalance: 0n, ...noLimits, ...given }, expectedVersion: null },
      ),
    ),
  limitAsset: (engine: TestEngine, code: string, given: Partial<AssetLimits>, key?: string): Done<Asset> =>
    run(engine, ["limitAsset", code, textOf(given)], key, (context) =>
      changeAsset(context, code, { transactionLimit: null, dailyLimit: null, ...given }),
    ),
  setAsset: (engine: TestEngine, code: string, status: AssetStatus, key?: string): Done<Asset> =>
    run(engine, ["setAsset", code, status], key, (context) => changeAsset(context, code, { status })),
};

function textOf(given: object): string {
  return JSON.stringify(given, (_, value) => (typeof value === "bigint" ? `${value}` : value));
}

function run<Result>(
  engine: TestEngine,
  request: readonly string[],
  key: string | undefined,
  act: (context: ActContext) => Promise<Result>,
): Done<Result> {
  const fingerprint = fingerprintOf(
    "test",
    request.map((text, index) => [index, text]),
  );
  return engine.acts.run({
    claim: claimOf(key ?? freshKey(), fingerprint),
    resourceId: request[1] ?? "",
    run: act,
  });
}
