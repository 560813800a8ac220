import type { Session } from "./session.js";
import { toTimestamp } from "./sql.js";

/**
 * Takes a lease, or keeps it, unless somebody else has it at this moment. Times are by the database's clock, in
 * microseconds since 1970.
 *
 * @returns whether `owner` has it now, until `until`.
 */
export async function takeLease(
  session: Session,
  lease: { name: string; owner: string; now: bigint; until: bigint },
): Promise<boolean> {
  const rows = await session.send<{ owner: string }>(
    `insert into leases (name, owner, until) values ($1, $2, $3)
     on conflict (name) do update set owner = excluded.owner, until = excluded.until
       where leases.owner = excluded.owner or leases.until <= $4
     returning owner`,
    [lease.name, lease.owner, toTimestamp(lease.until), toTimestamp(lease.now)],
  );
  return rows.length > 0;
}

/** Gives a lease up, if it is still the owner's, so that the next one need not wait for its end. */
export async function releaseLease(
  session: Session,
  { name, owner }: { name: string; owner: string },
): Promise<void> {
  await session.send("delete from leases where name = $1 and owner = $2", [name, owner]);
}
