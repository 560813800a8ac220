import { insertOutbox, type OutboxEvent } from "../db/journal.js";
import type { Session } from "../db/session.js";
import type { Wallet } from "../ledger/wallet.js";
import { newId } from "./new-id.js";

/** Tells those who follow wallets of a change that moved no value. */
export async function announce(
  session: Session,
  wallets: readonly Wallet[],
  type: "opened" | "status",
): Promise<void> {
  await insertOutbox(
    session,
    wallets.map((wallet) =>
      eventOf(wallet, type, { status: wallet.status, holder_status: wallet.holderStatus }),
    ),
  );
}

/** Tells those who follow a wallet of its new limits; one that it does not have is left out. */
export async function announceLimits(session: Session, wallet: Wallet): Promise<void> {
  const { minBalance, maxBalance, transactionLimit, dailyLimit } = wallet;
  const payload = {
    min_balance: `${minBalance}`,
    ...(maxBalance !== null && { max_balance: `${maxBalance}` }),
    ...(transactionLimit !== null && { transaction_limit: `${transactionLimit}` }),
    ...(dailyLimit !== null && { daily_limit: `${dailyLimit}` }),
  };
  await insertOutbox(session, [eventOf(wallet, "limits", payload)]);
}

function eventOf(wallet: Wallet, type: string, payload: Record<string, string>): OutboxEvent {
  return {
    id: newId(),
    walletId: wallet.id,
    version: wallet.version,
    type,
    payload: { asset: wallet.asset, ...payload },
    time: wallet.updateTime,
  };
}
