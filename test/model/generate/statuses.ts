import type { Command } from "../command.js";
import { heldIn, unitsMax } from "../ledger.js";
import type { Choices } from "./choices.js";

export function createHolder(of: Choices): Command {
  const { random, number, ledger } = of;
  const known = ledger.holders.size > 0 ? random.pick([...ledger.holders.keys()]) : `h${number}`;
  const email = random.pick(["", "", `e${number}`, `e${random.between(1, 3)}`]);
  return { kind: "createHolder", holder: random.chance(15) ? known : `h${number}`, email };
}

export function onWallet(of: Choices, kind: "freezeWallet" | "unfreezeWallet"): Command {
  const asset = of.asset();
  return { kind, wallet: of.payer(asset), asset };
}

export function closeWallet(of: Choices): Command {
  const asset = of.asset();
  const empty = of.wallets(asset).filter((one) => one.posted === 0n && heldIn(of.ledger, one) === 0n);
  const isEmpty = empty.length > 0 && of.random.chance(60);
  const wallet = isEmpty ? { wallet: of.random.pick(empty).name } : of.payer(asset);
  const behind = of.behind(wallet, asset);
  const expectedVersion = behind?.status === "CLOSED" ? null : of.version(behind);
  return { kind: "closeWallet", wallet, asset, expectedVersion };
}

export function setWalletLimits(of: Choices): Command {
  const { random } = of;
  const asset = of.asset();
  if (asset !== "c" && asset !== "x" && random.chance(12)) return setSystemFloor(of, asset);
  const wallet = of.payer(asset);
  const behind = of.behind(wallet, asset);
  const posted = behind?.posted ?? 0n;
  const min = random.weighted([
    [6, 0n],
    [2, -BigInt(random.between(1, 100))],
    [1, BigInt(random.between(1, 30))],
    [1, posted],
  ]);
  const above = posted > min ? posted : min;
  const room = BigInt(random.between(0, 300));
  const max = random.chance(60) || above > unitsMax - room ? null : above + room;
  const used = behind === undefined ? 0n : behind.wentOut + heldIn(of.ledger, behind);
  return {
    ...{ kind: "setWalletLimits", wallet, asset, min, max, ...of.limits(used) },
    expectedVersion: of.version(behind),
  };
}

/** A floor just below what a giving system wallet has, so that it runs out. */
function setSystemFloor(of: Choices, asset: string): Command {
  const name = `${asset}/${of.random.pick(["PROMOTIONS", "FX", "ADJUSTMENTS"])}`;
  const wallet = of.ledger.wallets.get(name);
  const min = (wallet?.posted ?? 0n) - BigInt(of.random.pick([-1, 50, 300, 1_000, 100_000]));
  const none = { max: null, perTransaction: null, daily: null, expectedVersion: null };
  return { kind: "setWalletLimits", wallet: { wallet: name }, asset, min, ...none };
}
