import type { AuditEntry } from "./audit-entry.js";
import { lowestId } from "./lowest-id.js";
import { plainArray, toTimestamp } from "./sql.js";
import type { Values } from "./values.js";

/** Which audit entries to list; null means no condition. */
export interface AuditQuery {
  readonly kind: AuditEntry["kind"] | null;
  readonly caller: string | null;
  /** Only those that concern this holder, whose wallets these are. */
  readonly holder: { readonly id: string; readonly walletIds: readonly string[] } | null;
  /** Only those that concern this wallet. */
  readonly walletId: string | null;
  readonly transactionId: string | null;
  readonly method: string | null;
  readonly errorReason: string | null;
  readonly requestId: string | null;
  /** At this time or later, in microseconds since 1970. */
  readonly start: bigint | null;
  /** Before this time. */
  readonly end: bigint | null;
  /** The last entry of the page before. */
  readonly afterId: string | null;
  readonly limit: number;
}

const columns = `a.id, a.kind, a.caller, a.on_behalf_of, a.remote_address, a.method, a.error_reason, a.holder_ids,
  a.wallet_ids, a.transaction_id, a.resource_id, a.reason, a.request_id, a.create_time`;

/** The statement that reads a page of the audit log: the columns of `a`. */
export function statementOf(query: AuditQuery, values: Values): string {
  const parts: Parts = {
    within: withinOf(query, values),
    conditions: conditionsOf(query, values),
    limit: `order by a.id desc limit ${values.add(query.limit)}`,
  };
  if (query.requestId !== null) return requestStatement(query.requestId, parts, values);
  if (query.transactionId !== null) return plainStatement(parts);
  if (query.walletId !== null) return walletStatement(query.walletId, query, parts, values);
  return query.holder === null ? plainStatement(parts) : holderStatement(query.holder, query, parts, values);
}

/** What every part of a statement has: a range of ids, on whichever column has them, conditions on `a`, and an end. */
interface Parts {
  readonly within: (column: string) => readonly string[];
  readonly conditions: readonly string[];
  readonly limit: string;
}

function plainStatement({ within, conditions, limit }: Parts): string {
  return `select ${columns} from audit_log a ${whereOf([...within("a.id"), ...conditions])} ${limit}`;
}

/** A request has few entries. All are read, and then sorted, so that nothing makes the planner walk down the ids. */
function requestStatement(requestId: string, { within, conditions, limit }: Parts, values: Values): string {
  const ofRequest = `select * from audit_log r where r.request_id = ${values.add(requestId)}`;
  return `with a as materialized (${ofRequest})
    select ${columns} from a ${whereOf([...within("a.id"), ...conditions])} ${limit}`;
}

function walletStatement(walletId: string, query: AuditQuery, parts: Parts, values: Values): string {
  const named = `a.wallet_ids @> array[${values.add(walletId)}::uuid]`;
  return mergedStatement(named, historiesOf([walletId], query, parts, values), parts);
}

function holderStatement(
  { id, walletIds }: NonNullable<AuditQuery["holder"]>,
  query: AuditQuery,
  parts: Parts,
  values: Values,
): string {
  const named = `a.holder_ids @> array[${values.add(id)}::text]`;
  return mergedStatement(named, historiesOf(walletIds, query, parts, values), parts);
}

/** Merges the entries that name what is asked for with those of transactions, each read as far as the page needs. */
function mergedStatement(named: string, histories: readonly string[], parts: Parts): string {
  const { within, conditions, limit } = parts;
  const ofNamed = `select a.id from audit_log a ${whereOf([named, ...within("a.id"), ...conditions])}`;
  const pages = [ofNamed, ...histories].map((page) => `(${page} ${limit})`);
  const listed = `select distinct a.id from (${pages.join(" union all ")}) a ${limit}`;
  return `select ${columns} from (${listed}) listed join audit_log a on a.id = listed.id order by a.id desc`;
}

/** The entries of what was posted to these wallets: each has the id of its transaction. */
function historiesOf(
  walletIds: readonly string[],
  { kind, errorReason }: AuditQuery,
  { within, conditions }: Parts,
  values: Values,
): string[] {
  if ((kind ?? "MOVEMENT") !== "MOVEMENT" || errorReason !== null) return [];
  return walletIds.map((walletId) => {
    const posted = `select distinct p.transaction_id as id from postings p
      ${whereOf([`p.wallet_id = ${values.add(walletId)}::uuid`, ...within("p.transaction_id")])} order by p.transaction_id desc`;
    return `select a.id from (${posted}) h join audit_log a on a.id = h.id ${whereOf(conditions)}`;
  });
}

function whereOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`;
}

/** The range of ids that the page lies in. A span of times is a range of ids but for how far the two may be apart. */
function withinOf({ afterId, start, end }: AuditQuery, values: Values): Parts["within"] {
  const below = afterId === null ? null : values.add(afterId);
  const from = start === null ? null : values.add(lowestId(start - apartMaxMicros));
  const to = end === null ? null : values.add(lowestId(end + apartMaxMicros));
  return (column) => [
    ...(below === null ? [] : [`${column} < ${below}::uuid`]),
    ...(from === null ? [] : [`${column} >= ${from}::uuid`]),
    ...(to === null ? [] : [`${column} < ${to}::uuid`]),
  ];
}

/** More than a request waits for its turn, and than the clocks of a service and of its database should differ by. */
const apartMaxMicros = 300_000_000n;

function conditionsOf(query: AuditQuery, values: Values): string[] {
  const { kind, caller, transactionId, method, errorReason, start, end } = query;
  const conditions: string[] = [];
  // What an index is limited to has to be there word for word, and the kinds are a closed set.
  if (kind !== null) conditions.push(`a.kind = '${kind}'`);
  if (caller !== null) conditions.push(`a.caller = ${values.add(caller)}`);
  if (method !== null) conditions.push(`a.method = ${values.add(method)}`);
  if (errorReason !== null)
    conditions.push(`a.kind = 'REFUSAL' and a.error_reason = ${values.add(errorReason)}`);
  if (start !== null) conditions.push(`a.create_time >= ${values.add(toTimestamp(start))}`);
  if (end !== null) conditions.push(`a.create_time < ${values.add(toTimestamp(end))}`);
  if (transactionId !== null) conditions.push(transactionCondition(`${values.add(transactionId)}::uuid`));
  return [...conditions, ...concernedConditions(query, values)];
}

/** One entry has the id of its transaction, others may have an id of their own. */
function transactionCondition(id: string): string {
  return `(a.id = ${id} and a.transaction_id = ${id} or a.transaction_id = ${id} and a.transaction_id <> a.id)`;
}

/** The conditions on whom an entry concerns that are not what the statement is driven by. */
function concernedConditions(query: AuditQuery, values: Values): string[] {
  const { holder, walletId, requestId, transactionId } = query;
  const isFew = requestId !== null || transactionId !== null;
  const conditions: string[] = [];
  if (isFew && walletId !== null) {
    const wallet = `${values.add(walletId)}::uuid`;
    conditions.push(concerns(`a.wallet_ids @> array[${wallet}]`, `p.wallet_id = ${wallet}`));
  }
  if (holder !== null && (isFew || walletId !== null)) {
    const ofHolder = `p.wallet_id = any(${values.add(plainArray(holder.walletIds))}::uuid[])`;
    conditions.push(concerns(`a.holder_ids @> array[${values.add(holder.id)}::text]`, ofHolder));
  }
  return conditions;
}

/** An entry names whom it concerns, or its transaction posted to one of their wallets. */
function concerns(named: string, ofWallets: string): string {
  return `(${named} or exists (select from postings p where ${ofWallets} and p.transaction_id = a.id))`;
}
