import type { Command, Split } from "./command.js";
import {
  balanceOf,
  type Facts,
  heldBy,
  heldIn,
  type Ledger,
  type ModelHold,
  type ModelWallet,
  Refused,
  unitsMax,
} from "./ledger.js";
import { type Change, movementFacts, needRoom, post } from "./post.js";
import {
  debitLimits,
  nameOf,
  needAsset,
  needFreeReference,
  needFunds,
  needMoving,
  needReceiving,
  needVersion,
  needWallet,
  needWallets,
  needWithin,
  takeReference,
} from "./rules.js";

type Of<Kind> = Extract<Command, { kind: Kind }>;

/** AuthorizeHold. */
export function authorize(ledger: Ledger, command: Of<"authorizeHold">, id: string): Facts {
  const { asset, units, reference } = command;
  needAsset(ledger, asset);
  const wallet = needWallet(ledger, command.wallet, asset, true);
  needMoving(ledger, [wallet]);
  needFreeReference(ledger, "HOLD", [asset], reference);
  needVersion(wallet, command.expectedVersion);
  needWithin(debitLimits(ledger, wallet, units));
  needFunds(ledger, [[wallet, units]]);
  needHoldable(ledger, wallet, units);
  const hold: ModelHold = {
    id: id.replace("t", "o"),
    wallet: wallet.name,
    amount: units,
    reference,
    captured: 0n,
    state: "ACTIVE",
  };
  ledger.holds.set(hold.id, hold);
  takeReference(ledger, "HOLD", [asset], reference, hold.id);
  wallet.version += 1n;
  return holdFacts(ledger, hold);
}

/** INSUFFICIENT_FUNDS when the wallet would hold more than 64 bits can say; a floor may be deep enough for it. */
function needHoldable(ledger: Ledger, wallet: ModelWallet, units: bigint): void {
  const beyond = heldIn(ledger, wallet) + units - unitsMax;
  if (beyond <= 0n) return;
  throw new Refused("INSUFFICIENT_FUNDS", { requested_units: `${units}`, shortfall_units: `${beyond}` });
}

/** SAME_WALLET or LEGS_UNBALANCED: what is wrong with a capture whatever the ledger is like. */
export function captureForm(ledger: Ledger, command: Of<"captureHold">): string {
  const { hold, units: total, splits } = command;
  const wallet = ledger.holds.get(hold)?.wallet ?? "";
  // Without the hold, the asset that the amounts are in says which wallets the splits name.
  const asset = wallet === "" ? command.asset : (wallet.split("/")[0] ?? "");
  const names = splits.map(({ target }) => nameOf(target, asset));
  const isDoubled = names.includes(wallet) || new Set(names).size < names.length;
  if (isDoubled) return "SAME_WALLET";
  if (total === null || splits.length === 0) return "";
  const named = splits.reduce((sum, { units }) => sum + (units ?? 0n), 0n);
  const open = splits.some(({ units }) => units === null);
  return (open ? named < total : named === total) ? "" : "LEGS_UNBALANCED";
}

/** CaptureHold. */
export function capture(ledger: Ledger, command: Of<"captureHold">, id: string): Facts {
  const hold = needHold(ledger, command.hold);
  const wallet = walletOf(ledger, hold);
  const { asset } = wallet;
  const splits: readonly Split[] = command.splits.length > 0 ? command.splits : [toRevenue];
  const receivers = needWallets(
    ledger,
    splits.map(({ target }) => ({ target, asset })),
  );
  const namesAmount = command.units !== null || command.splits.some(({ units }) => units !== null);
  if (namesAmount && command.asset !== asset) throw new Refused("ASSET_MISMATCH");
  needActive(hold);
  needMoving(ledger, [wallet]);
  const units = capturedUnits(hold, command);
  const shares = sharesOf(splits, units);
  receivers.forEach((receiver, index) => {
    if (receiver.holder !== null) needReceiving(ledger, receiver, shares[index] ?? 0n);
  });
  needFreeReference(ledger, "CAPTURE", [asset], command.reference);
  needVersion(wallet, command.expectedVersion);
  if (units > heldBy(hold)) throw new Refused("HOLD_AMOUNT_EXCEEDED");
  const credits = receivers.map((receiver, index): Change => [receiver, shares[index] ?? 0n]);
  needRoom(ledger, "CAPTURE", credits);
  hold.captured += units;
  if (command.final || hold.captured === hold.amount) hold.state = "CAPTURED";
  const changes: Change[] = [[wallet, -units], ...credits];
  const transaction = post(
    ledger,
    {
      id,
      type: "CAPTURE",
      asset,
      amount: units,
      source: wallet.name,
      destination: receivers.length === 1 ? (receivers[0]?.name ?? "") : "",
      reference: command.reference,
      hold: hold.id,
    },
    changes,
  );
  return { ...movementFacts(ledger, transaction, changes), hold: { ...hold } };
}

/** VoidHold. */
export function voidHold(ledger: Ledger, command: Of<"voidHold">): Facts {
  const hold = needHold(ledger, command.hold);
  needActive(hold);
  hold.state = "VOIDED";
  walletOf(ledger, hold).version += 1n;
  return holdFacts(ledger, hold);
}

/** ExtendHold. */
export function extend(ledger: Ledger, command: Of<"extendHold">): Facts {
  const hold = needHold(ledger, command.hold);
  needActive(hold);
  needMoving(ledger, [walletOf(ledger, hold)]);
  return { hold: { ...hold } };
}

/** The hold's time runs out. What was not captured is available again at once. */
export function expire(ledger: Ledger, command: Of<"expireHold">): Facts {
  const hold = needHold(ledger, command.hold);
  hold.state = "EXPIRED";
  walletOf(ledger, hold).expiries += 1;
  return {};
}

const toRevenue: Split = { target: { role: "REVENUE" }, units: null };

function capturedUnits(hold: ModelHold, { units: total, splits }: Of<"captureHold">): bigint {
  if (total !== null) return total;
  if (splits.length === 0 || splits.some(({ units }) => units === null)) return heldBy(hold);
  return splits.reduce((sum, { units }) => sum + (units ?? 0n), 0n);
}

function sharesOf(splits: readonly Split[], total: bigint): bigint[] {
  const named = splits.reduce((sum, { units }) => sum + (units ?? 0n), 0n);
  return splits.map(({ units }) => units ?? total - named);
}

function holdFacts(ledger: Ledger, hold: ModelHold): Facts {
  const wallet = walletOf(ledger, hold);
  return { hold: { ...hold }, balances: { [wallet.name]: balanceOf(ledger, wallet) } };
}

function walletOf(ledger: Ledger, { wallet }: ModelHold): ModelWallet {
  return needWallet(ledger, { wallet }, wallet.split("/")[0] ?? "", false);
}

function needHold(ledger: Ledger, id: string): ModelHold {
  const hold = ledger.holds.get(id);
  if (hold === undefined) throw new Refused("HOLD_NOT_FOUND");
  return hold;
}

function needActive({ state }: ModelHold): void {
  if (state === "EXPIRED") throw new Refused("HOLD_EXPIRED");
  if (state !== "ACTIVE") throw new Refused("HOLD_RESOLVED");
}
