import type { Command, Split } from "../command.js";
import { heldBy } from "../ledger.js";
import { type Choices, sendable } from "./choices.js";
import { oneSided } from "./movements.js";

export function captureHold(of: Choices): Command {
  const { random } = of;
  const hold = of.ledger.holds.get(someHold(of));
  const wallet = of.ledger.wallets.get(hold?.wallet ?? "");
  const asset = wallet?.asset ?? "a";
  const left = hold === undefined ? 5n : heldBy(hold);
  const units = random.chance(35) ? null : of.within(asset, left);
  const splits = asset === "c" || !random.chance(40) ? [] : makeSplits(of, asset, units ?? left);
  return {
    kind: "captureHold",
    hold: hold?.id ?? "nowhere",
    asset: random.chance(2) ? of.asset() : asset,
    units:
      splits.every((split) => split.units !== null) && splits.length > 0 && random.chance(30) ? null : units,
    final: random.chance(25),
    splits,
    ...of.conditions(wallet),
  };
}

/** Up to three receivers that share an amount; now and then the shares do not add up. */
function makeSplits(of: Choices, asset: string, units: bigint): Split[] {
  const { random } = of;
  const count = random.between(1, units > 3n ? 3 : 1);
  let left = units;
  return Array.from({ length: count }, (_, index): Split => {
    const target = random.chance(25) ? { role: "REVENUE" as const } : of.receiver(asset);
    if (index === count - 1) {
      if (random.chance(4)) return { target, units: sendable(left + 1n) };
      return { target, units: random.chance(40) || left <= 0n ? null : left };
    }
    const share = left / 3n > 0n ? left / 3n : 1n;
    left -= share;
    return { target, units: share };
  });
}

export function expireHold(of: Choices): Command {
  const open = [...of.ledger.holds.values()].filter(({ state }) => state === "ACTIVE");
  const [first] = open;
  if (first === undefined) return oneSided(of, "topUp");
  return { kind: "expireHold", hold: of.random.pick(open).id };
}

/** The name of a hold: mostly one that is ACTIVE. */
export function someHold(of: Choices): string {
  const all = [...of.ledger.holds.values()];
  const active = all.filter(({ state }) => state === "ACTIVE");
  return of.oneOf(
    active.map(({ id }) => id),
    all.map(({ id }) => id),
  );
}
