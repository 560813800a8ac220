import type { IntegrityFinding } from "../../ledger/integrity.js";
import type { Session } from "../session.js";
import { findBroken } from "./finding.js";

/** A key's place among all, in the order in which they are verified. */
export interface KeyPlace {
  readonly key: string;
  readonly caller: string;
}

/** The place before every key: a key has at least one character. */
export const beforeAllKeys: KeyPlace = { key: "", caller: "" };

/**
 * Finds keys that point at no outcome, at two, or at one of somebody else. A key whose outcome is not kept with it points
 * at a posted transaction; one that keeps a refusal has none; one that accepted an operation has that. All of it is
 * committed together, so that one statement sees all or nothing of it.
 */
const keys = `
with pointing as (
  select k.key, k.caller, k.method, k.operation_id, t.id, t.asset, t.initiated_by, o.id as accepted,
    k.outcome is null or k.outcome -> 'result' -> 'balances' = 'null' as of_transaction,
    coalesce(k.outcome ? 'refused', false) as refused
  from idempotency_keys k
  left join lateral (select * from transactions one where one.id = k.operation_id and one.state = 'POSTED' limit 1)
    as t on true
  left join lateral (select one.id from operations one where one.id = k.operation_id and one.key = k.key
    and one.caller = k.caller limit 1) as o on true
  where (k.key, k.caller) > ($1, $2) and (k.key, k.caller) <= ($3, $4)
)
select f.rule, f.message, k.asset, null as wallet_id, null as posting_seq, k.operation_id as transaction_id, f.expected,
  f.actual
from pointing k, lateral (values
    ('KEY_OUTCOME', k.of_transaction and k.id is null, 'a posted transaction', 'nothing',
      format('Key %s of %s points at transaction %s, which was not posted.', k.key, k.caller, k.operation_id)),
    ('KEY_OUTCOME', k.refused and k.id is not null, 'a refusal alone', 'a refusal and a posted transaction',
      format('Key %s of %s keeps a refusal, and transaction %s was posted under it.', k.key, k.caller, k.operation_id)),
    ('KEY_OUTCOME', k.of_transaction and k.initiated_by <> k.caller, k.caller, k.initiated_by,
      format('Key %s of %s points at transaction %s, which %s asked for.', k.key, k.caller, k.operation_id,
        k.initiated_by)),
    ('KEY_OUTCOME', k.method like '%/EnqueueTransaction' and not k.refused and k.accepted is null, 'an operation',
      'nothing',
      format('Key %s of %s points at operation %s, which was not accepted under it.', k.key, k.caller, k.operation_id))
  ) as f (rule, is_broken, expected, actual, message)
where f.is_broken
order by k.key, k.caller`;

/** Finds operations whose outcome is not what their transaction says, and those whose key is gone. */
const operations = `
select 'KEY_OUTCOME' as rule, t.asset, null as wallet_id, null as posting_seq, o.id as transaction_id,
  case when k.key is null then 'a key' when t.id is null then 'a posted transaction' else 'no posted transaction' end
    as expected,
  case when k.key is null or t.id is null then 'nothing' else 'a posted transaction' end as actual,
  case when k.key is null then format('Operation %s was accepted under key %s, which does not point at it.', o.id, o.key)
    when t.id is null then format('Operation %s is complete, and its transaction was not posted.', o.id)
    else format('Operation %s has no transaction, and one was posted.', o.id) end as message
from operations o
left join lateral (select * from transactions one where one.id = o.id and one.state = 'POSTED' limit 1) as t on true
left join lateral (select one.key from idempotency_keys one where one.key = o.key and one.caller = o.caller
  and one.operation_id = o.id limit 1) as k on true
where o.id > $1 and o.id <= $2 and (k.key is null
  or (t.id is not null) <> (o.complete_time is not null and not coalesce(o.outcome ? 'refused', false)))
order by o.id`;

/** Verifies the keys behind one place, up to another. */
export function findWrongKeys(
  session: Session,
  after: KeyPlace,
  through: KeyPlace,
): Promise<IntegrityFinding[]> {
  return findBroken(session, keys, [after.key, after.caller, through.key, through.caller]);
}

/** The last of the next `count` keys; null when there is none. */
export async function lastOfKeys(session: Session, after: KeyPlace, count: number): Promise<KeyPlace | null> {
  const [row] = await session.send<{ key: string; caller: string }>(
    `select key, caller from (select k.key, k.caller from idempotency_keys k where (k.key, k.caller) > ($1, $2)
       order by k.key, k.caller limit $3) as next
     order by key desc, caller desc limit 1`,
    [after.key, after.caller, count],
  );
  return row ?? null;
}

/** Verifies the operations behind one id, up to another. */
export function findWrongOperations(
  session: Session,
  after: string,
  through: string,
): Promise<IntegrityFinding[]> {
  return findBroken(session, operations, [after, through]);
}

/** The last of the next `count` operations; null when there is none. */
export async function lastOfOperations(
  session: Session,
  after: string,
  count: number,
): Promise<string | null> {
  const [row] = await session.send<{ id: string }>(
    `select id from (select o.id from operations o where o.id > $1 order by o.id limit $2) as next
     order by id desc limit 1`,
    [after, count],
  );
  return row?.id ?? null;
}
