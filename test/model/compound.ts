import type { Amount, Command, Leg } from "./command.js";
import type { Facts, Ledger } from "./ledger.js";
import { type Change, movementFacts, needRoom, post } from "./post.js";
import { nameOf, needAsset, needFreeReference, needMoving, needVersion, needWallets } from "./rules.js";

type PostTransaction = Extract<Command, { kind: "postTransaction" }>;

/** SAME_WALLET or LEGS_UNBALANCED: what is wrong with the legs whatever the ledger is like. */
export function compoundForm({ legs, exchanges }: PostTransaction): string {
  const names = legs.map(({ target, asset }) => nameOf(target, asset));
  if (new Set(names).size < names.length) return "SAME_WALLET";
  const sums = new Map<string, bigint>();
  const add = ({ asset, units }: Amount) => sums.set(asset, (sums.get(asset) ?? 0n) + units);
  for (const leg of [...legs, ...exchangeLegs(exchanges)]) add(leg);
  return [...sums.values()].every((sum) => sum === 0n) ? "" : "LEGS_UNBALANCED";
}

/** PostTransaction. */
export function postCompound(ledger: Ledger, command: PostTransaction, id: string): Facts {
  const { legs, exchanges, reference } = command;
  const parts: readonly Leg[] = [...legs, ...exchangeLegs(exchanges)];
  for (const { asset } of parts) needAsset(ledger, asset);
  const wallets = needWallets(ledger, parts);
  const changes = wallets.map((wallet, index): Change => [wallet, parts[index]?.units ?? 0n]);
  needMoving(ledger, wallets);
  const assets = [...new Set(wallets.map(({ asset }) => asset))];
  needFreeReference(ledger, "COMPOUND", assets, reference);
  for (const [index, wallet] of wallets.entries()) needVersion(wallet, parts[index]?.expectedVersion ?? null);
  needRoom(ledger, "COMPOUND", changes);
  const given = { id, type: "COMPOUND" as const, asset: "", amount: null, source: "", destination: "" };
  return movementFacts(ledger, post(ledger, { ...given, reference }, changes), changes);
}

/** The FX wallets' sides of the exchanges: what is sold comes in, what is bought goes out. */
function exchangeLegs(exchanges: PostTransaction["exchanges"]): Leg[] {
  return exchanges.flatMap(({ sold, bought }) => [
    fxLeg(sold.asset, sold.units),
    fxLeg(bought.asset, -bought.units),
  ]);
}

function fxLeg(asset: string, units: bigint): Leg {
  return { target: { wallet: `${asset}/FX` }, asset, units, expectedVersion: null };
}
