import { insertOutbox } from "../db/journal.js";
import type { Session } from "../db/session.js";
import { balanceOf, type Wallet } from "../ledger/wallet.js";
import { newId } from "./new-id.js";

/** Tells those who follow wallets of a change that moved no value. */
export async function announce(
  session: Session,
  wallets: readonly Wallet[],
  type: "opened" | "status",
): Promise<void> {
  await insertOutbox(
    session,
    wallets.map((wallet) => ({
      id: newId(),
      walletId: wallet.id,
      version: wallet.version,
      type,
      payload: payloadOf(wallet),
      time: wallet.updateTime,
    })),
  );
}

function payloadOf(wallet: Wallet): Record<string, string> {
  const { posted, held, available } = balanceOf(wallet);
  return {
    asset: wallet.asset,
    status: wallet.status,
    holder_status: wallet.holderStatus,
    balance: `${posted}`,
    held: `${held}`,
    available: `${available}`,
  };
}
