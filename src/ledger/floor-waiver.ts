import { amountMax, balanceMin } from "./amount.js";
import { balanceOverflow } from "./rules.js";
import type { Wallet } from "./wallet.js";

/**
 * The wallet with a waiver that lets a debit of this many units take it below its floor: never larger than needed, and
 * never smaller than it was.
 *
 * @throws BALANCE_OVERFLOW when even the waived balance would not fit into 64 bits.
 */
export function waiveFloor(wallet: Wallet, debit: bigint): Wallet {
  const left = wallet.balance - wallet.held - debit;
  const needed = wallet.minBalance - left;
  if (left < balanceMin || needed > amountMax) throw balanceOverflow(wallet, debit);
  return needed > wallet.floorWaiver ? { ...wallet, floorWaiver: needed } : wallet;
}

/**
 * The wallet with no more of a waiver than it still needs. It must follow everything that raises what is left of a
 * balance after its holds, or the waiver could be spent a second time.
 */
export function shrinkWaiver(wallet: Wallet): Wallet {
  const needed = wallet.minBalance - (wallet.balance - wallet.held);
  if (needed >= wallet.floorWaiver) return wallet;
  return { ...wallet, floorWaiver: needed > 0n ? needed : 0n };
}
