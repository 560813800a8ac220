import type { Wallet } from "../../ledger/wallet.js";
import type { Session } from "../session.js";
import { plainArray } from "../sql.js";

/** Whose a wallet is, as its row says. */
export type WalletOwner = Pick<Wallet, "id" | "asset" | "holderId" | "systemRole">;

/** Whose these wallets are at this moment, in the order of their ids. */
export async function listWalletOwners(
  session: Session,
  walletIds: readonly string[],
): Promise<WalletOwner[]> {
  const rows = await session.send<{
    id: string;
    asset: string;
    holder_id: string | null;
    system_role: Wallet["systemRole"];
  }>(
    "select w.id, w.asset, w.holder_id, w.system_role from wallets w where w.id = any($1::uuid[]) order by w.id",
    [plainArray(walletIds)],
  );
  return rows.map(({ holder_id, system_role, ...row }) => ({
    ...row,
    holderId: holder_id,
    systemRole: system_role,
  }));
}
