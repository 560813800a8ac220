import { addressOfSystem, type CompoundMovement, type Leg } from "./movement.js";

/** Its legs, and behind them, for each exchange, what it puts into one FX wallet and takes out of the other. */
export function legsOf({ legs, exchanges }: CompoundMovement): Leg[] {
  const ofExchanges = exchanges.flatMap(({ soldAsset, sold, boughtAsset, bought }) => [
    fxLeg(soldAsset, sold),
    fxLeg(boughtAsset, -bought),
  ]);
  return [...legs, ...ofExchanges];
}

/** What the legs leave over, by asset, in smallest units; assets that balance are left out. */
export function imbalanceOf(movement: CompoundMovement): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { asset, amount } of legsOf(movement)) sums.set(asset, (sums.get(asset) ?? 0n) + amount);
  return new Map([...sums].filter(([, sum]) => sum !== 0n));
}

function fxLeg(asset: string, amount: bigint): Leg {
  return { address: addressOfSystem(asset, "FX"), asset, amount, expectedVersion: null };
}
