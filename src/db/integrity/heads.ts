import type { Session } from "../session.js";

/** The last posting of a wallet, as it was captured. */
export interface Head {
  readonly walletId: string;
  /** Its number; 0 when the wallet has none. */
  readonly postingSeq: bigint;
}

/** The heads of the next wallets of a run, from one on, in the order of wallet ids. */
export async function listHeads(
  session: Session,
  { runId, from, limit }: { runId: string; from: string; limit: number },
): Promise<Head[]> {
  const rows = await session.send<{ wallet_id: string; posting_seq: string }>(
    `select h.wallet_id, h.posting_seq from integrity_heads h where h.run_id = $1 and h.wallet_id >= $2
     order by h.wallet_id limit $3`,
    [runId, from, limit],
  );
  return rows.map((row) => ({ walletId: row.wallet_id, postingSeq: BigInt(row.posting_seq) }));
}
