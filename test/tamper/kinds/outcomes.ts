import { type Kind, rowOf, run } from "../tampering.js";

const ofKey = "select operation_id as id from idempotency_keys";

/** What is done to a key whose outcome is a posted transaction. */
const editKey =
  (what: string, set: string): Kind =>
  async (site) => {
    const id = await site.one(
      `${ofKey} k join transactions t on t.id = k.operation_id and t.state = 'POSTED' where k.outcome is null
       order by t.position, t.id`,
    );
    const [key] = await site.rows<{ key: string; caller: string }>(
      `select key, caller from idempotency_keys where operation_id = '${id}'`,
    );
    const where = `key = '${key?.key}' and caller = '${key?.caller}'`;
    const [row] = await site.rows<{ id: string }>("select gen_random_uuid()::text as id");
    const other = row?.id ?? "";
    return {
      what: `${what} of key ${key?.key}, which points at transaction ${id}`,
      rows: [{ table: "idempotency_keys", where }],
      apply: run(`update idempotency_keys set ${set.replace("OTHER", other)} where ${where}`),
      located: ({ rule, transactionId }) =>
        rule === "KEY_OUTCOME" && (transactionId === id || transactionId === other),
    };
  };

const editTotal =
  (what: string, sql: (where: string) => string): Kind =>
  async (site) => {
    const id = await site.one("select transaction_id as id from refund_totals order by transaction_id");
    const refunds = await site.rows<{ id: string }>(
      `select id from transactions where original_transaction_id = '${id}' and state = 'POSTED'`,
    );
    const contradicted = refunds.map((refund) => refund.id);
    return {
      what: `${what} of transaction ${id}`,
      rows: [rowOf("refund_totals", id, "transaction_id")],
      apply: run(sql(`transaction_id = '${id}'`)),
      contradicted,
      located: ({ rule, transactionId }) =>
        rule === "REFUND_TOTAL" && [id, ...contradicted].includes(transactionId ?? ""),
    };
  };

/** What is done to the outcomes of keys and to what was given back. */
export const outcomeKinds: Record<string, Kind> = {
  "point a key elsewhere": editKey("the operation", "operation_id = 'OTHER'"),
  "make a key's outcome a refusal": editKey(
    "the outcome",
    `outcome = '{"refused":{"reason":"INSUFFICIENT_FUNDS","message":"","metadata":{}}}'`,
  ),
  "edit a refund total": editTotal(
    "the refund total",
    (where) => `update refund_totals set refunded = refunded - 1 where ${where}`,
  ),
  "delete a refund total": editTotal(
    "the deleted refund total",
    (where) => `delete from refund_totals where ${where}`,
  ),
};
