import type { Command } from "./command.js";
import type { Facts, Ledger, ModelWallet, TransactionType } from "./ledger.js";
import { type Change, movementFacts, needRoom, post } from "./post.js";
import {
  nameOf,
  needAsset,
  needFreeReference,
  needMoving,
  needReceiving,
  needVersion,
  needWallet,
} from "./rules.js";

type OneSided = Extract<Command, { kind: "topUp" | "withdraw" | "spend" | "grantBonus" | "adjustBalance" }>;

/** The type of each movement between a wallet and a system wallet, and which one that is. */
const oneSided: Record<OneSided["kind"], readonly [TransactionType, string]> = {
  topUp: ["TOP_UP", "TREASURY"],
  withdraw: ["WITHDRAWAL", "TREASURY"],
  spend: ["SPEND", "REVENUE"],
  grantBonus: ["BONUS", "PROMOTIONS"],
  adjustBalance: ["ADJUSTMENT", "ADJUSTMENTS"],
};

/** TopUp, Withdraw, Spend, GrantBonus and AdjustBalance. */
export function moveOneSided(ledger: Ledger, command: OneSided, id: string): Facts {
  const { asset, units, reference } = command;
  const [type, role] = oneSided[command.kind];
  const gain = command.kind === "withdraw" || command.kind === "spend" ? -units : units;
  needAsset(ledger, asset);
  const wallet = needWallet(ledger, command.wallet, asset, true);
  needMoving(ledger, [wallet]);
  needFreeReference(ledger, type, [asset], reference);
  needVersion(wallet, command.expectedVersion);
  const system = needWallet(ledger, { wallet: `${asset}/${role}` }, asset, false);
  const changes: Change[] = [
    [wallet, gain],
    [system, -gain],
  ];
  needRoom(ledger, type, changes);
  const [source, destination] = gain > 0n ? [system, wallet] : [wallet, system];
  const job = command.kind === "spend" && command.withJob ? id.replace("t", "j") : "";
  const given = { id, type, asset, amount: units, reference, job, ...between(source, destination) };
  const transaction = post(ledger, given, changes);
  const facts = movementFacts(ledger, transaction, changes);
  return job === "" ? facts : { ...facts, job: makeJob(ledger, job, wallet, id) };
}

/** SAME_WALLET is the one thing that is wrong with a transfer by itself. */
export function transferForm({ source, destination, asset }: Extract<Command, { kind: "transfer" }>): string {
  return nameOf(source, asset) === nameOf(destination, asset) ? "SAME_WALLET" : "";
}

/** Transfer. */
export function transfer(ledger: Ledger, command: Extract<Command, { kind: "transfer" }>, id: string): Facts {
  const { asset, units, reference } = command;
  needAsset(ledger, asset);
  const source = needWallet(ledger, command.source, asset, true);
  const destination = needWallet(ledger, command.destination, asset, true);
  needMoving(ledger, [source]);
  needReceiving(ledger, destination, units);
  needFreeReference(ledger, "TRANSFER", [asset], reference);
  needVersion(source, command.expectedVersion);
  const changes: Change[] = [
    [source, -units],
    [destination, units],
  ];
  needRoom(ledger, "TRANSFER", changes);
  const given = { id, asset, amount: units, reference, ...between(source, destination) };
  const transaction = post(ledger, { ...given, type: "TRANSFER" }, changes);
  return movementFacts(ledger, transaction, changes);
}

export function between(source: ModelWallet, destination: ModelWallet) {
  return { source: source.name, destination: destination.name };
}

function makeJob(ledger: Ledger, id: string, wallet: ModelWallet, spend: string) {
  const job = { id, wallet: wallet.name, spend, state: "PENDING" as const, refund: "" };
  ledger.jobs.set(id, job);
  return { ...job };
}
