import type { Command } from "../command.js";
import { isRefundable, leftToRefund } from "../refunds.js";
import type { Choices } from "./choices.js";

/** TopUp, Withdraw, Spend, GrantBonus or AdjustBalance. */
export function oneSided<Kind extends "topUp" | "withdraw" | "grantBonus" | "adjustBalance" | "spend">(
  of: Choices,
  kind: Kind,
) {
  const asset = of.asset();
  const incoming =
    kind === "topUp" || kind === "grantBonus" || (kind === "adjustBalance" && of.random.chance(50));
  const wallet = incoming ? of.receiver(asset) : of.payer(asset);
  const behind = of.behind(wallet, asset);
  const units = incoming ? of.credit(asset, behind) : of.debit(asset, behind);
  const signed = kind === "adjustBalance" && !incoming ? -units : units;
  return { kind, wallet, asset, units: signed, ...of.conditions(behind) };
}

export function transfer(of: Choices): Extract<Command, { kind: "transfer" }> {
  const asset = of.asset();
  const source = of.payer(asset);
  const payer = of.behind(source, asset);
  const destination = of.random.chance(97) ? of.otherReceiver(asset, source) : of.receiver(asset);
  return {
    kind: "transfer",
    asset,
    units: of.debit(asset, payer),
    source,
    destination,
    ...of.conditions(payer),
  };
}

export function refundTransaction(of: Choices): Extract<Command, { kind: "refundTransaction" }> {
  const all = [...of.ledger.transactions.values()];
  const open = all.filter((one) => isRefundable(one) && leftToRefund(one) > 0n);
  const transaction = of.oneOf(
    open.map(({ id }) => id),
    all.map(({ id }) => id),
  );
  const original = of.ledger.transactions.get(transaction);
  const asset = original?.asset || "a";
  const units = of.within(asset, original === undefined ? 1n : leftToRefund(original));
  const named = { asset: of.random.chance(3) && original?.asset ? of.asset() : asset, units };
  const giver = of.ledger.wallets.get(original?.destination ?? "");
  const amount = of.random.chance(35) || (original !== undefined && original.asset === "") ? null : named;
  return { kind: "refundTransaction", transaction, amount, ...of.conditions(giver) };
}

export function reverseTransaction(of: Choices): Command {
  const all = [...of.ledger.transactions.values()];
  const standing = all.filter(
    ({ state, reversedBy, type }) =>
      state === "POSTED" && reversedBy === "" && type !== "REFUND" && type !== "REVERSAL",
  );
  const transaction = of.oneOf(
    standing.slice(-25).map(({ id }) => id),
    all.map(({ id }) => id),
  );
  const { expectedVersion: _, ...conditions } = of.conditions(undefined);
  return { kind: "reverseTransaction", transaction, allowBelowFloor: of.random.chance(40), ...conditions };
}
