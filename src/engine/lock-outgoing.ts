import type { Session } from "../db/session.js";
import { sumOutgoing } from "../db/wallet-limits.js";
import type { Command } from "../ledger/command.js";
import type { Asset, Wallet } from "../ledger/wallet.js";
import { hasDailyLimit } from "../ledger/wallet-limits.js";

/**
 * What went out of the batch's wallets within the last 24 hours, for those that a daily limit holds for. It is read
 * under their locks, so that it stays true; a batch without such a wallet reads nothing.
 */
export async function lockOutgoing(
  session: Session,
  commands: readonly Command[],
  locked: { assets: readonly Asset[]; wallets: readonly Wallet[]; now: bigint },
): Promise<Map<string, bigint>> {
  const assets = new Map(locked.assets.map((asset) => [asset.code, asset]));
  const limited = locked.wallets.filter((wallet) => hasDailyLimit(wallet, assets.get(wallet.asset)));
  if (limited.length === 0 && locked.assets.every(({ dailyLimit }) => dailyLimit === null)) return new Map();
  const debited = new Set(commands.flatMap(({ touches }) => touches.debited));
  const read = limited.filter(({ id }) => debited.has(id));
  const sums = read.length === 0 ? new Map() : await sumOutgoing(session, read, locked.now);
  // Nothing has gone out of a wallet that this very batch opens, nor out of one without a sum.
  return new Map([...debited].map((id) => [id, sums.get(id) ?? 0n]));
}
