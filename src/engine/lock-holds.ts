import { dueHolds, holdsById } from "../db/hold-writes.js";
import type { Session } from "../db/session.js";
import type { Command } from "../ledger/command.js";
import { type Hold, isDue } from "../ledger/hold.js";
import type { Wallet } from "../ledger/wallet.js";
import { walletsOf } from "./group.js";

/** The holds that a batch has to know, guarded by the locks of their wallets. */
export interface LockedHolds {
  /** Those that its commands name. */
  readonly named: readonly Hold[];
  /** Those of its wallets whose time has run out and that were not released yet, the first to expire first. */
  readonly due: readonly Hold[];
}

/**
 * Reads the holds of locked wallets. It is asked after the locks were obtained, so that it sees what the last one who
 * had them committed; a batch that names no hold, in whose wallets nothing is held, costs no round trip.
 *
 * The sweeper's commands name the holds that they want released, a bounded number of them; for all others every hold
 * of their wallets that is due has to be, or they would be planned with less than is available.
 */
export async function lockHolds(
  session: Session,
  commands: readonly Command[],
  wallets: readonly Wallet[],
  now: bigint,
): Promise<LockedHolds> {
  const locked = new Map(wallets.map((wallet) => [wallet.id, wallet]));
  const ids = [...new Set(commands.flatMap(({ touches }) => touches.holds))];
  const planned = new Set(commands.filter(({ movement }) => movement.kind !== "expiry").flatMap(walletsOf));
  const holding = [...planned].filter((id) => (locked.get(id)?.held ?? 0n) > 0n);
  const [named, due] = await Promise.all([
    ids.length === 0 ? [] : holdsById(session, ids),
    holding.length === 0 ? [] : dueHolds(session, holding, now),
  ]);
  const all = [...due, ...named.filter((hold) => isDue(hold, now) && locked.has(hold.walletId))];
  const once = new Map(all.map((hold) => [hold.id, hold]));
  return { named, due: [...once.values()].sort((a, b) => compare(a.expireTime, b.expireTime)) };
}

function compare(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
