import { toHoldPayload } from "../db/hold-events.js";
import type { OutboxEvent } from "../db/journal.js";
import type { Release } from "../ledger/expiry.js";
import type { Hold } from "../ledger/hold.js";
import type { Accepted } from "../ledger/plan.js";
import { balanceOf, type Wallet } from "../ledger/wallet.js";
import { newId } from "./new-id.js";

/** The hold that a plan makes, if it makes one. */
export function authorizedHold({ command, hold }: Accepted): Hold[] {
  return command.movement.kind === "authorize" && hold !== null ? [hold] : [];
}

/** Each hold that was there before, as the last release or plan that changed it left it. */
export function changedHolds(released: readonly Release[], accepted: readonly Accepted[]): Hold[] {
  const last = new Map<string, Hold>(released.map(({ hold }) => [hold.id, hold]));
  for (const { command, hold } of accepted)
    if (hold !== null && command.movement.kind !== "authorize") last.set(hold.id, hold);
  return [...last.values()];
}

/** An event for each change of what a wallet holds. A capture has none: its posting tells of both. */
export function holdEvents(released: readonly Release[], accepted: readonly Accepted[]): OutboxEvent[] {
  return [
    ...released.map(({ hold, wallet }) => holdEvent(hold, wallet, "")),
    ...accepted.flatMap(({ command, transaction, hold, wallets }) =>
      hold === null || transaction !== null
        ? []
        : wallets.map((wallet) => holdEvent(hold, wallet, command.claim.traceparent)),
    ),
  ];
}

function holdEvent(hold: Hold, wallet: Wallet, traceparent: string): OutboxEvent {
  const { posted, held, available } = balanceOf(wallet);
  return {
    id: newId(),
    walletId: wallet.id,
    version: wallet.version,
    type: "hold",
    payload: {
      hold: toHoldPayload(hold),
      status: wallet.status,
      asset: hold.asset,
      balance: `${posted}`,
      held: `${held}`,
      available: `${available}`,
      ...(traceparent !== "" && { traceparent }),
    },
    time: wallet.updateTime,
  };
}
