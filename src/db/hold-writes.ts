import type { Hold } from "../ledger/hold.js";
import { type HoldRow, holdColumns, toHold } from "./hold-rows.js";
import type { Session } from "./session.js";
import { plainArray, textArray, timeArray, toTimestamp } from "./sql.js";

/** Those of these holds that exist, as they are kept: one that is due may still be ACTIVE. */
export async function holdsById(session: Session, ids: readonly string[]): Promise<Hold[]> {
  const rows = await session.send<HoldRow>(
    `select ${holdColumns} from holds h where h.id = any($1::uuid[])`,
    [plainArray(ids)],
  );
  return rows.map(toHold);
}

/** The holds of these wallets whose time has run out and that were not released yet. */
export async function dueHolds(session: Session, walletIds: readonly string[], now: bigint): Promise<Hold[]> {
  const rows = await session.send<HoldRow>(
    `select ${holdColumns} from holds h
     where h.wallet_id = any($1::uuid[]) and h.state = 'ACTIVE' and h.expire_time <= $2`,
    [plainArray(walletIds), toTimestamp(now)],
  );
  return rows.map(toHold);
}

/** Writes new holds. */
export async function insertHolds(session: Session, holds: readonly Hold[]): Promise<void> {
  await session.sendPrepared(
    `insert into holds (id, wallet_id, asset, amount, captured, released, state, external_reference, description,
       metadata, void_reason, initiated_by, on_behalf_of, request_id, create_time, expire_time, resolve_time)
     select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[],
       $8::text[], $9::text[], $10::jsonb[], $11::text[], $12::text[], $13::text[], $14::text[], $15::timestamptz[],
       $16::timestamptz[], $17::timestamptz[])`,
    [
      plainArray(holds.map((hold) => hold.id)),
      plainArray(holds.map((hold) => hold.walletId)),
      plainArray(holds.map((hold) => hold.asset)),
      plainArray(holds.map((hold) => hold.amount)),
      plainArray(holds.map((hold) => hold.captured)),
      plainArray(holds.map((hold) => hold.released)),
      plainArray(holds.map((hold) => hold.state)),
      textArray(holds.map((hold) => hold.externalReference)),
      textArray(holds.map((hold) => hold.description)),
      textArray(holds.map((hold) => JSON.stringify(hold.metadata))),
      textArray(holds.map((hold) => hold.voidReason)),
      textArray(holds.map((hold) => hold.initiatedBy)),
      textArray(holds.map((hold) => hold.onBehalfOf)),
      textArray(holds.map((hold) => hold.requestId)),
      timeArray(holds.map((hold) => hold.createTime)),
      timeArray(holds.map((hold) => hold.expireTime)),
      timeArray(holds.map((hold) => hold.resolveTime)),
    ],
  );
}

/** Writes what became of holds. The values are absolute: the locks of their wallets make them right. */
export async function updateHolds(session: Session, holds: readonly Hold[]): Promise<void> {
  await session.send(
    `update holds h set captured = changed.captured, released = changed.released, state = changed.state,
       void_reason = changed.void_reason, expire_time = changed.expire_time, resolve_time = changed.resolve_time
     from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
       as changed (id, captured, released, state, void_reason, expire_time, resolve_time)
     where h.id = changed.id and h.id = any($1::uuid[])`,
    [
      plainArray(holds.map((hold) => hold.id)),
      plainArray(holds.map((hold) => hold.captured)),
      plainArray(holds.map((hold) => hold.released)),
      plainArray(holds.map((hold) => hold.state)),
      textArray(holds.map((hold) => hold.voidReason)),
      timeArray(holds.map((hold) => hold.expireTime)),
      timeArray(holds.map((hold) => hold.resolveTime)),
    ],
  );
}
