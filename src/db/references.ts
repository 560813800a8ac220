import type { ReferenceType } from "../ledger/state.js";
import type { Session } from "./session.js";
import { plainArray, textArray } from "./sql.js";

/** A caller's permanent name for a transaction, and the transaction that has it. */
export interface ExternalReference {
  readonly reference: string;
  readonly asset: string;
  readonly type: ReferenceType;
  readonly transactionId: string;
}

interface ReferenceRow {
  reference: string;
  asset: string;
  type: ReferenceType;
  transaction_id: string;
}

/** Claims references for this transaction and returns those that were free. Claims are made in one order by all. */
export async function claimReferences(
  session: Session,
  references: readonly ExternalReference[],
): Promise<ExternalReference[]> {
  const rows = await session.sendPrepared<ReferenceRow>(
    `insert into external_references (reference, asset, type, transaction_id)
     select reference, asset, type, transaction_id
     from unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) as claim (reference, asset, type, transaction_id)
     order by reference, asset, type
     on conflict (reference, asset, type) do nothing
     returning reference, asset, type, transaction_id`,
    columnsOf(references),
  );
  return rows.map(toReference);
}

/** Which transactions have these references. */
export async function findReferences(
  session: Session,
  references: readonly ExternalReference[],
): Promise<ExternalReference[]> {
  const rows = await session.send<ReferenceRow>(
    `select r.reference, r.asset, r.type, r.transaction_id
     from external_references r
     join unnest($1::text[], $2::text[], $3::text[]) as wanted (reference, asset, type)
       on r.reference = wanted.reference and r.asset = wanted.asset and r.type = wanted.type`,
    columnsOf(references).slice(0, 3),
  );
  return rows.map(toReference);
}

/** Gives claimed references back: the transaction that would have had them was refused or put off. */
export async function releaseReferences(
  session: Session,
  references: readonly ExternalReference[],
): Promise<void> {
  await session.send(
    `delete from external_references r
     using unnest($1::text[], $2::text[], $3::text[]) as released (reference, asset, type)
     where r.reference = released.reference and r.asset = released.asset and r.type = released.type`,
    columnsOf(references).slice(0, 3),
  );
}

/** Passes claimed references on to another transaction of the same batch. */
export async function reassignReferences(
  session: Session,
  references: readonly ExternalReference[],
): Promise<void> {
  await session.send(
    `update external_references r set transaction_id = owner.transaction_id
     from unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) as owner (reference, asset, type, transaction_id)
     where r.reference = owner.reference and r.asset = owner.asset and r.type = owner.type`,
    columnsOf(references),
  );
}

function columnsOf(references: readonly ExternalReference[]): string[] {
  return [
    textArray(references.map(({ reference }) => reference)),
    textArray(references.map(({ asset }) => asset)),
    textArray(references.map(({ type }) => type)),
    plainArray(references.map(({ transactionId }) => transactionId)),
  ];
}

function toReference(row: ReferenceRow): ExternalReference {
  return { reference: row.reference, asset: row.asset, type: row.type, transactionId: row.transaction_id };
}
