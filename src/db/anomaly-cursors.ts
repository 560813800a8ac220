import type { TransferEdge } from "../ledger/anomaly/transfer-graph.js";
import type { Pool } from "./pool.js";
import { readRows } from "./read.js";
import type { Session } from "./session.js";

/** The transaction up to which the stream was looked at. The first one is behind nothing: position 0. */
export interface AnomalyCursor {
  readonly position: bigint;
  readonly transactionId: string;
}

interface EdgeRow {
  id: string;
  asset: string;
  amount: string;
  source_wallet_id: string;
  destination_wallet_id: string;
  post_time: bigint;
}

const name = "transactions";

/** How far the stream was looked at. */
export async function readAnomalyCursor(reader: Pool): Promise<AnomalyCursor> {
  const [row] = await readRows<{ position: string; transaction_id: string }>(
    reader,
    "select c.position, c.transaction_id from anomaly_cursors c where c.name = $1",
    [name],
  );
  if (row === undefined) throw new Error("the cursor of the anomalies is gone");
  return { position: BigInt(row.position), transactionId: row.transaction_id };
}

/** Moves the cursor, if it is still where it was. Returns whether it was; otherwise another process has moved it. */
export async function moveAnomalyCursor(
  session: Session,
  from: AnomalyCursor,
  to: AnomalyCursor,
): Promise<boolean> {
  const rows = await session.send<{ name: string }>(
    `update anomaly_cursors set position = $4, transaction_id = $5
     where name = $1 and position = $2 and transaction_id = $3 returning name`,
    [name, from.position, from.transactionId, to.position, to.transactionId],
  );
  return rows.length > 0;
}

/** The newest transfers up to the cursor and after a position, oldest first. */
export async function listTransfersBefore(
  reader: Pool,
  { position, transactionId }: AnomalyCursor,
  { after, limit }: { after: bigint; limit: number },
): Promise<TransferEdge[]> {
  const rows = await readRows<EdgeRow>(
    reader,
    `select t.id, t.asset, t.amount, t.source_wallet_id, t.destination_wallet_id, t.post_time from transactions t
     where (t.position, t.id) <= ($1, $2::uuid) and t.position > $3 and t.type = 'TRANSFER' and t.state = 'POSTED'
     order by t.position desc, t.id desc limit $4`,
    [position, transactionId, after, limit],
  );
  return rows.reverse().map((row) => ({
    transactionId: row.id,
    asset: row.asset,
    from: row.source_wallet_id,
    to: row.destination_wallet_id,
    amount: BigInt(row.amount),
    time: row.post_time,
  }));
}
