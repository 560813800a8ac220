import type { Command, Leg } from "../command.js";
import { availableIn } from "../ledger.js";
import { nameOf } from "../rules.js";
import { type Choices, sendable } from "./choices.js";

type PostTransaction = Extract<Command, { kind: "postTransaction" }>;

/** Two to four legs of one asset, or an exchange of one asset for another in one holder's hands. */
export function postTransaction(of: Choices): PostTransaction {
  const { expectedVersion: _, ...conditions } = of.conditions(undefined);
  const made = of.random.chance(30) ? exchange(of) : oneAsset(of);
  return { kind: "postTransaction", ...made, ...conditions };
}

/** One wallet pays, up to three receive; now and then a leg is doubled, or the legs do not add up. */
function oneAsset(of: Choices): Pick<PostTransaction, "legs" | "exchanges"> {
  const { random } = of;
  const asset = of.asset();
  const payer = random.chance(12) ? ({ role: "REVENUE" } as const) : of.payer(asset);
  const behind = of.ledger.wallets.get("role" in payer ? `${asset}/REVENUE` : "");
  const source = "role" in payer ? behind : of.behind(payer, asset);
  const available = source === undefined ? 0n : availableIn(of.ledger, source);
  const units = sendable(of.within(asset, available) + (random.chance(10) ? 2n : 0n));
  const legs: Leg[] = [{ target: payer, asset, units: -units, expectedVersion: of.version(source) }];
  let left = units;
  const count = asset === "c" ? 1 : random.between(1, 3);
  for (let index = 1; index <= count && left > 0n; index++) {
    const target = random.chance(10) ? ({ role: "PROMOTIONS" } as const) : of.receiver(asset);
    if (isTaken(legs, target) && !random.chance(5)) continue;
    const share = index === count ? left : left / 2n + 1n;
    const version = "role" in target ? null : of.version(of.behind(target, asset));
    legs.push({ target, asset, units: share, expectedVersion: version });
    left -= share;
  }
  if (left > 0n && !random.chance(10)) legs.push(leftover(legs, asset, left));
  return { legs, exchanges: [] };
}

/** A holder sells some of one asset for some of another. */
function exchange(of: Choices): Pick<PostTransaction, "legs" | "exchanges"> {
  const [from, to] = of.random.chance(50) ? ["a", "b"] : ["b", of.random.pick(["a", "a", "a", "x"])];
  const payer = of.payer(from ?? "a");
  const source = of.behind(payer, from ?? "a");
  const sold = { asset: from ?? "a", units: of.debit(from ?? "a", source) };
  const bought = { asset: to ?? "b", units: BigInt(of.random.between(1, 50)) };
  const target = { holder: source?.holder ?? of.holder() };
  const wrong = of.random.chance(4) ? 1n : 0n;
  return {
    legs: [
      { target: payer, ...sold, units: -sold.units, expectedVersion: null },
      { target, ...bought, units: bought.units + wrong, expectedVersion: null },
    ],
    exchanges: [{ sold, bought }],
  };
}

function isTaken(legs: readonly Leg[], target: Leg["target"]): boolean {
  return legs.some((leg) => nameOf(leg.target, leg.asset) === nameOf(target, leg.asset));
}

/** What no leg took goes to a system wallet that none of them names. */
function leftover(legs: readonly Leg[], asset: string, units: bigint): Leg {
  const role = isTaken(legs, { role: "REVENUE" }) ? "PROMOTIONS" : "REVENUE";
  return { target: { role }, asset, units, expectedVersion: null };
}
