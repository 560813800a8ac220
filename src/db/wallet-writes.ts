import type { Wallet } from "../ledger/wallet.js";
import type { Session } from "./session.js";
import { bytesArray, plainArray, textArray, timeArray } from "./sql.js";

/**
 * Opens wallets, in order of id. A plain insert: if another transaction opened one of them first, this fails on the
 * primary key, and the batch is planned anew with the wallet that is now there.
 */
export async function insertWallets(session: Session, wallets: readonly Wallet[]): Promise<void> {
  await session.sendPrepared(
    `insert into wallets (id, asset, holder_id, system_role, balance, held, version, posting_seq, min_balance,
       floor_waiver, status, holder_status, last_post_time, chain_head, create_time, update_time)
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
       $8::bigint[], $9::bigint[], $10::bigint[], $11::text[], $12::text[], $13::timestamptz[], $14::bytea[],
       $15::timestamptz[], $16::timestamptz[]) as opened (id)
     order by opened.id`,
    [
      plainArray(wallets.map((wallet) => wallet.id)),
      plainArray(wallets.map((wallet) => wallet.asset)),
      textArray(wallets.map((wallet) => wallet.holderId)),
      textArray(wallets.map((wallet) => wallet.systemRole)),
      plainArray(wallets.map((wallet) => wallet.balance)),
      plainArray(wallets.map((wallet) => wallet.held)),
      plainArray(wallets.map((wallet) => wallet.version)),
      plainArray(wallets.map((wallet) => wallet.postingSeq)),
      plainArray(wallets.map((wallet) => wallet.minBalance)),
      plainArray(wallets.map((wallet) => wallet.floorWaiver)),
      plainArray(wallets.map((wallet) => wallet.status)),
      plainArray(wallets.map((wallet) => wallet.holderStatus)),
      timeArray(wallets.map((wallet) => wallet.lastPostTime)),
      bytesArray(wallets.map((wallet) => wallet.chainHead)),
      timeArray(wallets.map((wallet) => wallet.createTime)),
      timeArray(wallets.map((wallet) => wallet.updateTime)),
    ],
  );
}

/** Writes what movements changed on locked wallets. The values are absolute: the lock makes them right. */
export async function updateBalances(session: Session, wallets: readonly Wallet[]): Promise<void> {
  await session.send(
    `update wallets w set balance = moved.balance, held = moved.held, floor_waiver = moved.floor_waiver,
       version = moved.version, posting_seq = moved.posting_seq, last_post_time = moved.last_post_time,
       chain_head = moved.chain_head, update_time = moved.update_time
     from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::timestamptz[],
       $8::bytea[], $9::timestamptz[])
       as moved (id, balance, held, floor_waiver, version, posting_seq, last_post_time, chain_head, update_time)
     where w.id = moved.id and w.id = any($1::uuid[])`,
    [
      plainArray(wallets.map((wallet) => wallet.id)),
      plainArray(wallets.map((wallet) => wallet.balance)),
      plainArray(wallets.map((wallet) => wallet.held)),
      plainArray(wallets.map((wallet) => wallet.floorWaiver)),
      plainArray(wallets.map((wallet) => wallet.version)),
      plainArray(wallets.map((wallet) => wallet.postingSeq)),
      timeArray(wallets.map((wallet) => wallet.lastPostTime)),
      bytesArray(wallets.map((wallet) => wallet.chainHead)),
      timeArray(wallets.map((wallet) => wallet.updateTime)),
    ],
  );
}

/** Writes the status, or the holder's status, that an administrative act put on locked wallets. */
export async function updateStatuses(session: Session, wallets: readonly Wallet[]): Promise<void> {
  await session.send(
    `update wallets w set status = changed.status, holder_status = changed.holder_status, version = changed.version,
       update_time = changed.update_time
     from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[])
       as changed (id, status, holder_status, version, update_time)
     where w.id = changed.id and w.id = any($1::uuid[])`,
    [
      plainArray(wallets.map((wallet) => wallet.id)),
      plainArray(wallets.map((wallet) => wallet.status)),
      plainArray(wallets.map((wallet) => wallet.holderStatus)),
      plainArray(wallets.map((wallet) => wallet.version)),
      timeArray(wallets.map((wallet) => wallet.updateTime)),
    ],
  );
}

/** Which of these wallets exist, whoever may have them locked. */
export async function existingWallets(session: Session, ids: readonly string[]): Promise<Set<string>> {
  const rows = await session.send<{ id: string }>("select id from wallets where id = any($1::uuid[])", [
    plainArray(ids),
  ]);
  return new Set(rows.map((row) => row.id));
}

/** The ids of all of a holder's wallets. */
export async function walletIdsOfHolder(session: Session, holderId: string): Promise<string[]> {
  const rows = await session.send<{ id: string }>("select id from wallets where holder_id = $1 order by id", [
    holderId,
  ]);
  return rows.map((row) => row.id);
}
