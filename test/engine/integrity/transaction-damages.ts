import type { Damage } from "./damage.js";

/** Damage to transactions, and to what is kept of them elsewhere. */
export const transactionDamages: readonly Damage[] = [
  {
    of: "the amount of a top-up",
    sql: ({ bob }) =>
      `update transactions set amount = amount + 1 where type = 'TOP_UP' and destination_wallet_id = '${bob}'`,
    found: () => [
      { rule: "TRANSACTION_BALANCED", asset: "gold" },
      { rule: "ASSET_DEPOSITS", asset: "gold" },
    ],
  },
  {
    of: "the type of a withdrawal",
    sql: () => "update transactions set type = 'TRANSFER' where type = 'WITHDRAWAL' and amount = 50",
    found: () => [
      { rule: "TRANSACTION_BALANCED", asset: "gold" },
      { rule: "ASSET_DEPOSITS", asset: "gold" },
    ],
  },
  {
    of: "the type of a spend",
    sql: ({ spend }) =>
      `update transactions set type = 'TRANSFER', original_transaction_id = id where id = '${spend}'`,
    found: ({ spend }) => [{ rule: "TRANSACTION_BALANCED", transactionId: spend }],
  },
  {
    of: "the source of a transaction",
    sql: ({ spend, bob }) => `update transactions set source_wallet_id = '${bob}' where id = '${spend}'`,
    found: ({ spend, bob }) => [{ rule: "TRANSACTION_BALANCED", transactionId: spend, walletId: bob }],
  },
  {
    of: "the time of a transaction",
    sql: ({ spend }) =>
      `update transactions set post_time = post_time - interval '1 s' where id = '${spend}'`,
    found: ({ spend }) => [
      { rule: "POST_TIME_ORDER", transactionId: spend },
      { rule: "POST_TIME_ORDER", transactionId: spend },
    ],
  },
  {
    of: "a transaction, which is deleted",
    sql: ({ reversed }) => `delete from transactions where id = '${reversed}'`,
    found: ({ reversed, alice, bob }) => [
      ...[alice, bob]
        .sort()
        .map((walletId) => ({ rule: "TRANSACTION_BALANCED" as const, transactionId: reversed, walletId })),
      { rule: "REFUND_TOTAL" },
      { rule: "REFUND_TOTAL", transactionId: reversed },
      { rule: "KEY_OUTCOME", transactionId: reversed },
    ],
  },
  {
    of: "the postings that a transaction names",
    sql: ({ spend }) => `update transactions set posting_seqs = '{}' where id = '${spend}'`,
    found: ({ spend }) => [
      { rule: "TRANSACTION_BALANCED", transactionId: spend },
      { rule: "TRANSACTION_BALANCED", transactionId: spend },
      { rule: "TRANSACTION_BALANCED", transactionId: spend },
      { rule: "TRANSACTION_BALANCED", transactionId: spend },
    ],
  },
  {
    of: "the total of refunds",
    sql: ({ spend }) => `update refund_totals set refunded = 5 where transaction_id = '${spend}'`,
    found: ({ spend }) => [{ rule: "REFUND_TOTAL", transactionId: spend }],
  },
  {
    of: "the amount that can be refunded",
    sql: ({ spend }) => `update refund_totals set amount = 300 where transaction_id = '${spend}'`,
    found: ({ spend }) => [{ rule: "REFUND_TOTAL", transactionId: spend }],
  },
  {
    of: "the total of refunds, which is deleted",
    sql: ({ spend }) => `delete from refund_totals where transaction_id = '${spend}'`,
    found: ({ refund }) => [{ rule: "REFUND_TOTAL", transactionId: refund }],
  },
  {
    of: "what undid a transaction",
    sql: ({ reversed }) => `update refund_totals set reversed_by = null where transaction_id = '${reversed}'`,
    found: ({ reversed }) => [{ rule: "REFUND_TOTAL" }, { rule: "REFUND_TOTAL", transactionId: reversed }],
  },
  {
    of: "the original of a refund",
    sql: ({ refund, reversed }) =>
      `update transactions set original_transaction_id = '${reversed}' where id = '${refund}'`,
    found: ({ refund, reversed, spend }) => [
      { rule: "REFUND_TOTAL", transactionId: refund },
      { rule: "REFUND_TOTAL", transactionId: spend },
      { rule: "REFUND_TOTAL", transactionId: reversed },
      { rule: "REFUND_TOTAL", transactionId: reversed },
    ],
  },
  {
    of: "what a key points at",
    sql: ({ spend }) =>
      `update idempotency_keys set operation_id = '0197a000-0000-7000-8000-000000000000' where operation_id = '${spend}'`,
    found: () => [{ rule: "KEY_OUTCOME", transactionId: "0197a000-0000-7000-8000-000000000000" }],
  },
  {
    of: "what a key keeps of what was done",
    sql: ({ spend }) =>
      `update idempotency_keys set outcome = '{"refused": {"reason": "ASSET_FROZEN"}}' where operation_id = '${spend}'`,
    found: ({ spend }) => [{ rule: "KEY_OUTCOME", transactionId: spend }],
  },
  {
    of: "whose a key is",
    sql: ({ spend }) =>
      `update idempotency_keys set caller = 'wallet|admin|eve' where operation_id = '${spend}'`,
    found: ({ spend }) => [{ rule: "KEY_OUTCOME", transactionId: spend }],
  },
  {
    of: "an operation, which is deleted",
    sql: () => "delete from operations",
    found: () => [{ rule: "KEY_OUTCOME" }],
  },
  {
    of: "what became of an operation",
    sql: () => "update operations set outcome = null, complete_time = null",
    found: () => [{ rule: "KEY_OUTCOME" }],
  },
];
