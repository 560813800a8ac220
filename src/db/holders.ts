import type { DataSource } from "typeorm";
import type { Holder, HolderStatus } from "../ledger/wallet.js";
import type { HolderRow } from "./entities/holder.js";
import { readRows } from "./read.js";
import { toHolder } from "./rows.js";
import type { Session } from "./session.js";
import { toTimestamp } from "./sql.js";

/** Which holders to list. A position is the last one of the page before. */
export interface HolderQuery {
  readonly status: HolderStatus | null;
  readonly email: string | null;
  readonly after: { readonly time: bigint; readonly id: string } | null;
  readonly limit: number;
}

const columns = "h.id, h.email, h.display_name, h.status, h.create_time, h.update_time";

/** Makes a holder, unless there is one of that id. Returns whether it was made. */
export async function insertHolder(session: Session, holder: Holder): Promise<boolean> {
  const rows = await session.send<{ id: string }>(
    `insert into holders (id, email, display_name, status, create_time, update_time)
     values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing returning id`,
    [
      holder.id,
      holder.email,
      holder.displayName,
      holder.status,
      toTimestamp(holder.createTime),
      toTimestamp(holder.updateTime),
    ],
  );
  return rows.length === 1;
}

/** Writes what may change of a locked holder. */
export async function updateHolder(session: Session, holder: Holder): Promise<void> {
  await session.send(
    "update holders set email = $2, display_name = $3, status = $4, update_time = $5 where id = $1",
    [holder.id, holder.email, holder.displayName, holder.status, toTimestamp(holder.updateTime)],
  );
}

/** Takes an e-mail address for a holder, without regard to case. Returns whether it was free. */
export async function claimEmail(session: Session, email: string, holderId: string): Promise<boolean> {
  const rows = await session.send<{ email: string }>(
    `insert into holder_emails (email, holder_id) values (lower($1), $2)
     on conflict (email) do nothing returning email`,
    [email, holderId],
  );
  return rows.length === 1;
}

/** Gives a holder's e-mail address back. */
export async function releaseEmail(session: Session, holderId: string, email: string): Promise<void> {
  await session.send("delete from holder_emails where email = lower($1) and holder_id = $2", [
    email,
    holderId,
  ]);
}

export async function findHolder(reader: DataSource, id: string): Promise<Holder | undefined> {
  const rows = await readRows<HolderRow>(reader, `select ${columns} from holders h where h.id = $1`, [id]);
  return rows.map(toHolder)[0];
}

/** Holders, newest first. */
export async function listHolders(reader: DataSource, query: HolderQuery): Promise<Holder[]> {
  const rows = await readRows<HolderRow>(
    reader,
    `select ${columns} from holders h
     where ($1::text is null or h.status = $1)
       and ($2::text is null or h.id = (select e.holder_id from holder_emails e where e.email = lower($2)))
       and ($3::timestamptz is null or (h.create_time, h.id) < ($3, $4::text))
     order by h.create_time desc, h.id desc limit $5`,
    [
      query.status,
      query.email,
      query.after === null ? null : toTimestamp(query.after.time),
      query.after?.id ?? null,
      query.limit,
    ],
  );
  return rows.map(toHolder);
}
