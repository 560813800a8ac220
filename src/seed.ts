import { listAssets } from "./db/assets.js";
import { listHolders } from "./db/holders.js";
import { createAsset } from "./engine/assets.js";
import type { Engine } from "./engine/engine.js";
import { createHolder } from "./engine/holders.js";
import { newId } from "./engine/new-id.js";
import { makeCommand } from "./ledger/command.js";
import { fingerprintOf, movementFingerprint } from "./ledger/fingerprint.js";
import { addressOfHolder, addressOfSystem, type Claim, type SimpleMovement } from "./ledger/movement.js";

const assets = [
  { code: "gold_coins", name: "Gold Coins", scale: 0 },
  { code: "diamonds", name: "Diamonds", scale: 0 },
  { code: "loyalty_points", name: "Loyalty Points", scale: 0 },
  { code: "usd", name: "US Dollar", scale: 2 },
];

const holders = [
  { id: "alice", email: "alice@example.com", displayName: "Alice" },
  { id: "bob", email: "bob@example.com", displayName: "Bob" },
  { id: "carol", email: "carol@example.com", displayName: "Carol" },
];

/** What each holder starts with, topped up like any other value. */
const openingBalances: Record<string, bigint> = {
  gold_coins: 1_000n,
  diamonds: 50n,
  loyalty_points: 500n,
  usd: 10_000n,
};

/** Whether the database has neither assets nor holders. */
export async function isEmpty({ database: { reader } }: Engine): Promise<boolean> {
  const one = { status: null, after: null, limit: 1 };
  const [asset] = await listAssets(reader, one);
  const [holder] = await listHolders(reader, { ...one, email: null });
  return asset === undefined && holder === undefined;
}

/** Makes the demonstration data. Every step has a key of its own, so doing it again changes nothing. */
export async function seed(engine: Engine): Promise<void> {
  for (const asset of assets) {
    const claim = claimOf("wallet.v1.AdminService/CreateAsset", `asset-${asset.code}`);
    await engine.acts.run({ claim, resourceId: asset.code, run: (context) => createAsset(context, asset) });
  }
  for (const holder of holders) {
    const claim = claimOf("wallet.v1.WalletService/CreateHolder", `holder-${holder.id}`);
    await engine.acts.run({
      claim,
      resourceId: holder.id,
      holderId: holder.id,
      run: (context) => createHolder(context, holder),
    });
  }
  await Promise.all(holders.flatMap(({ id }) => assets.map(({ code }) => topUp(engine, id, code))));
}

async function topUp(engine: Engine, holderId: string, asset: string): Promise<void> {
  const method = "wallet.v1.WalletService/TopUp";
  const movement: SimpleMovement = {
    kind: "simple",
    type: "TOP_UP",
    asset,
    amount: openingBalances[asset] ?? 0n,
    source: addressOfSystem(asset, "TREASURY"),
    destination: addressOfHolder(asset, holderId),
    subject: "destination",
    expectedVersion: null,
    job: null,
    externalReference: "",
    description: "opening balance",
    metadata: [],
    validateOnly: false,
  };
  const claim = claimOf(method, `opening-${holderId}-${asset}`, movementFingerprint(method, movement));
  await engine.poster.submit(makeCommand(claim, movement));
}

function claimOf(method: string, step: string, fingerprint = fingerprintOf(method, [[1, step]])): Claim {
  return {
    caller: "wallet|admin|seed",
    forItself: false,
    key: `seed-${step}`,
    method,
    fingerprint,
    operationId: newId(),
    requestId: `seed-${step}`,
    remoteAddress: "",
    traceparent: "",
    batchId: null,
    queued: null,
  };
}
