import type { MigrationInterface, QueryRunner } from "typeorm";

/** Refunds, reversals, holds, jobs and limits: what the movements beyond a plain transfer keep. */
export class Movements1795305600000 implements MigrationInterface {
  readonly name = "Movements1795305600000";

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of up) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of down) await queryRunner.query(statement);
  }
}

const holds = `
create table holds (
  id uuid not null,
  wallet_id uuid not null,
  asset text not null,
  amount bigint not null,
  captured bigint not null default 0,
  released bigint not null default 0,
  state text not null default 'ACTIVE',
  external_reference text not null default '',
  description text not null default '',
  metadata jsonb not null default '{}',
  void_reason text not null default '',
  initiated_by text not null,
  on_behalf_of text not null default '',
  request_id text not null,
  create_time timestamptz not null,
  expire_time timestamptz not null,
  resolve_time timestamptz,
  constraint holds_pkey primary key (id),
  constraint hold_amount_positive check (amount > 0),
  constraint hold_captured_not_negative check (captured >= 0),
  constraint hold_released_not_negative check (released >= 0),
  constraint hold_captured_and_released_within_amount check (captured <= amount - released),
  constraint hold_state_known check (state in ('ACTIVE', 'CAPTURED', 'VOIDED', 'EXPIRED')),
  constraint hold_resolved_with_time check ((state = 'ACTIVE') = (resolve_time is null)),
  constraint hold_resolved_in_full check (state = 'ACTIVE' or captured + released = amount),
  constraint hold_active_releases_nothing check (state <> 'ACTIVE' or released = 0)
) with (fillfactor = 80)`;

const refundTotals = `
create table refund_totals (
  transaction_id uuid not null,
  amount bigint not null,
  refunded bigint not null default 0,
  reversed_by uuid,
  constraint refund_totals_pkey primary key (transaction_id),
  constraint refund_total_within_original check (refunded between 0 and amount),
  constraint refund_total_refunded_or_reversed check (reversed_by is null or refunded = 0)
)`;

const jobs = `
create table jobs (
  id uuid not null,
  kind text not null,
  state text not null default 'PENDING',
  holder_id text not null,
  wallet_id uuid not null,
  asset text not null,
  cost bigint not null,
  transaction_id uuid not null,
  refund_transaction_id uuid,
  payload jsonb not null default '{}',
  result jsonb not null default '{}',
  failure_reason text not null default '',
  create_time timestamptz not null,
  start_time timestamptz,
  end_time timestamptz,
  constraint jobs_pkey primary key (id),
  constraint job_cost_positive check (cost > 0),
  constraint job_state_known check (state in ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED')),
  constraint job_ended_with_time check ((state in ('COMPLETED', 'FAILED')) = (end_time is not null)),
  constraint job_refunded_only_when_failed check (refund_transaction_id is null or state = 'FAILED')
)`;

const leases = `
create table leases (
  name text not null,
  owner uuid not null,
  until timestamptz not null,
  constraint leases_pkey primary key (name)
)`;

const up = [
  "alter table wallets add column max_balance bigint",
  "alter table wallets add column transaction_limit bigint",
  "alter table wallets add column daily_limit bigint",
  "alter table wallets add constraint wallet_transaction_limit_not_negative check (transaction_limit >= 0)",
  "alter table wallets add constraint wallet_daily_limit_not_negative check (daily_limit >= 0)",
  "alter table wallets add constraint wallet_ceiling_not_below_floor check (max_balance >= min_balance)",
  "alter table assets add column transaction_limit bigint",
  "alter table assets add column daily_limit bigint",
  "alter table assets add constraint asset_transaction_limit_not_negative check (transaction_limit >= 0)",
  "alter table assets add constraint asset_daily_limit_not_negative check (daily_limit >= 0)",
  // A transaction over several assets has no one amount, and one over several wallets no one source or destination.
  "alter table transactions alter column asset drop not null",
  "alter table transactions alter column amount drop not null",
  "alter table transactions alter column source_wallet_id drop not null",
  "alter table transactions alter column destination_wallet_id drop not null",
  "alter table transactions add column original_transaction_id uuid",
  "alter table transactions add column hold_id uuid",
  "alter table transactions add column batch_id uuid",
  "alter table transactions add column job_id uuid",
  "alter table transactions add column exchanges jsonb",
  "create index transactions_of_batch on transactions (batch_id, id desc) where batch_id is not null",
  "create index transactions_of_job on transactions (job_id, id desc) where job_id is not null",
  holds,
  // Every hold of a wallet is changed under that wallet's lock, which looks for those that are open.
  "create index holds_open on holds (wallet_id, expire_time) where state = 'ACTIVE'",
  "create index holds_expiring on holds (expire_time) where state = 'ACTIVE'",
  "create index holds_of_wallet on holds (wallet_id, create_time desc, id desc)",
  "create index holds_newest_first on holds (create_time desc, id desc)",
  refundTotals,
  jobs,
  "create index jobs_newest_first on jobs (create_time desc, id desc)",
  "create index jobs_of_holder on jobs (holder_id, create_time desc, id desc)",
  "create index jobs_unfinished on jobs (create_time desc, id desc) where state in ('PENDING', 'RUNNING')",
  leases,
];

const down = [
  "drop table leases",
  "drop table jobs",
  "drop table refund_totals",
  "drop table holds",
  "drop index transactions_of_job",
  "drop index transactions_of_batch",
  "alter table transactions drop column exchanges",
  "alter table transactions drop column job_id",
  "alter table transactions drop column batch_id",
  "alter table transactions drop column hold_id",
  "alter table transactions drop column original_transaction_id",
  "alter table transactions alter column destination_wallet_id set not null",
  "alter table transactions alter column source_wallet_id set not null",
  "alter table transactions alter column amount set not null",
  "alter table transactions alter column asset set not null",
  "alter table assets drop column daily_limit",
  "alter table assets drop column transaction_limit",
  "alter table wallets drop column daily_limit",
  "alter table wallets drop column transaction_limit",
  "alter table wallets drop column max_balance",
];
