import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * The ledger: assets, holders, wallets, transactions, postings, and what keeps them safe to retry and to follow.
 *
 * Every primary key contains the column that a distributed engine would distribute by, and each further uniqueness
 * has a table of its own. Text is checked by the service; the checks here are the last line of defence for money.
 */
export class Ledger1795219200000 implements MigrationInterface {
  readonly name = "Ledger1795219200000";

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of up) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of down) await queryRunner.query(statement);
  }
}

/** How many hash partitions keep the indexes of `postings` and `idempotency_keys` small. */
const hashPartitions = 8;

const assets = `
create table assets (
  code text not null,
  name text not null,
  scale smallint not null,
  status text not null default 'ACTIVE',
  create_time timestamptz not null,
  update_time timestamptz not null,
  constraint assets_pkey primary key (code),
  constraint asset_code_is_a_slug check (code ~ '^[a-z][a-z0-9_]{0,31}$'),
  constraint asset_scale_in_range check (scale between 0 and 9),
  constraint asset_status_known check (status in ('ACTIVE', 'FROZEN'))
)`;

const holders = `
create table holders (
  id text not null,
  email text,
  display_name text not null,
  status text not null default 'ACTIVE',
  create_time timestamptz not null,
  update_time timestamptz not null,
  constraint holders_pkey primary key (id),
  constraint holder_id_has_length check (char_length(id) between 1 and 64),
  constraint holder_status_known check (status in ('ACTIVE', 'SUSPENDED', 'CLOSED'))
)`;

const holderEmails = `
create table holder_emails (
  email text not null,
  holder_id text not null,
  constraint holder_emails_pkey primary key (email),
  constraint holder_email_is_lower_case check (email = lower(email))
)`;

const wallets = `
create table wallets (
  id uuid not null,
  asset text not null,
  holder_id text,
  system_role text,
  balance bigint not null default 0,
  held bigint not null default 0,
  version bigint not null,
  posting_seq bigint not null default 0,
  min_balance bigint not null default 0,
  floor_waiver bigint not null default 0,
  status text not null default 'ACTIVE',
  holder_status text not null default 'ACTIVE',
  last_post_time timestamptz,
  chain_head bytea not null,
  create_time timestamptz not null,
  update_time timestamptz not null,
  constraint wallets_pkey primary key (id),
  constraint wallets_asset_fkey foreign key (asset) references assets (code),
  constraint wallet_has_one_owner check ((holder_id is null) <> (system_role is null)),
  constraint wallet_system_role_known check (system_role in ('TREASURY', 'REVENUE', 'PROMOTIONS', 'ADJUSTMENTS', 'FX')),
  constraint wallet_balance_above_floor check (balance - held >= min_balance - floor_waiver),
  constraint wallet_balance_can_change_sign check (balance > -9223372036854775808),
  constraint wallet_held_not_negative check (held >= 0),
  constraint wallet_floor_waiver_not_negative check (floor_waiver >= 0),
  constraint wallet_version_positive check (version > 0),
  constraint wallet_posting_seq_within_version check (posting_seq between 0 and version),
  constraint wallet_chain_head_is_a_digest check (octet_length(chain_head) = 32),
  constraint wallet_status_known check (status in ('ACTIVE', 'FROZEN', 'CLOSED')),
  constraint wallet_holder_status_known check (holder_status in ('ACTIVE', 'SUSPENDED', 'CLOSED'))
) with (fillfactor = 70)`;

const transactions = `
create table transactions (
  id uuid not null,
  type text not null,
  state text not null,
  asset text not null,
  amount bigint not null,
  source_wallet_id uuid not null,
  destination_wallet_id uuid not null,
  wallet_ids uuid[] not null,
  posting_seqs bigint[] not null,
  refused_reason text,
  external_reference text not null default '',
  description text not null default '',
  metadata jsonb not null default '{}',
  initiated_by text not null,
  on_behalf_of text not null default '',
  request_id text not null,
  create_time timestamptz not null,
  post_time timestamptz,
  constraint transactions_pkey primary key (id),
  constraint transaction_amount_positive check (amount > 0),
  constraint transaction_wallets_differ check (source_wallet_id <> destination_wallet_id),
  constraint transaction_state_known check (state in ('POSTED', 'REFUSED')),
  constraint transaction_refused_with_reason check ((state = 'REFUSED') = (refused_reason is not null)),
  constraint transaction_posted_with_time check ((state = 'POSTED') = (post_time is not null))
) partition by range (id)`;

const postings = `
create table postings (
  wallet_id uuid not null,
  posting_seq bigint not null,
  transaction_id uuid not null,
  asset text not null,
  amount bigint not null,
  balance_after bigint not null,
  held_after bigint not null,
  available_after bigint not null,
  version bigint not null,
  post_time timestamptz not null,
  hash bytea not null,
  constraint postings_pkey primary key (wallet_id, posting_seq),
  constraint postings_wallet_fkey foreign key (wallet_id) references wallets (id),
  constraint posting_seq_positive check (posting_seq > 0),
  constraint posting_amount_not_zero check (amount <> 0),
  constraint posting_hash_is_a_digest check (octet_length(hash) = 32)
) partition by hash (wallet_id)`;

/** Reads each statement's postings once, as one aggregate per batch. */
const balanceCheck = `
create function postings_balance_to_zero() returns trigger language plpgsql as $$
begin
  if exists (select from inserted group by transaction_id, asset having sum(amount) <> 0) then
    raise exception 'the postings of a transaction must sum to zero for every asset'
      using errcode = 'check_violation', constraint = 'postings_balance_to_zero';
  end if;
  return null;
end $$`;

const idempotencyKeys = `
create table idempotency_keys (
  key text not null,
  caller text not null,
  fingerprint bytea not null,
  method text not null,
  operation_id uuid not null,
  outcome jsonb,
  create_time timestamptz not null,
  constraint idempotency_keys_pkey primary key (key, caller),
  constraint idempotency_key_has_length check (char_length(key) between 1 and 255)
) partition by hash (key)`;

const externalReferences = `
create table external_references (
  reference text not null,
  asset text not null,
  type text not null,
  transaction_id uuid not null,
  constraint external_references_pkey primary key (reference, asset, type)
)`;

/** A wallet has one event for each of its versions. It is read in that order, and needs no other index. */
const outbox = `
create table outbox (
  id uuid not null,
  aggregatetype text not null,
  aggregateid text not null,
  seq bigint not null,
  type text not null,
  payload jsonb not null,
  create_time timestamptz not null,
  constraint outbox_pkey primary key (aggregateid, seq)
)`;

const auditLog = `
create table audit_log (
  id uuid not null,
  kind text not null,
  caller text not null,
  on_behalf_of text not null default '',
  method text not null,
  error_reason text,
  transaction_id uuid,
  resource_id text not null default '',
  reason text not null default '',
  request_id text not null,
  create_time timestamptz not null,
  constraint audit_log_pkey primary key (id),
  constraint audit_kind_known check (kind in ('MOVEMENT', 'REFUSAL', 'ADMINISTRATION', 'READ')),
  constraint audit_refusal_with_reason check ((kind = 'REFUSAL') = (error_reason is not null))
)`;

const up = [
  assets,
  holders,
  "create index holders_newest_first on holders (create_time desc, id desc)",
  holderEmails,
  wallets,
  "create index wallets_newest_first on wallets (create_time desc, id desc)",
  "create index wallets_of_holder on wallets (holder_id, create_time desc, id desc) where holder_id is not null",
  transactions,
  "create table transactions_default partition of transactions default",
  `create index transactions_refused on transactions ((wallet_ids[1]), id desc) where state = 'REFUSED'`,
  postings,
  ...hashPartitionsOf("postings"),
  "create index postings_of_transaction on postings (wallet_id, transaction_id)",
  balanceCheck,
  `create trigger postings_balance_to_zero after insert on postings
     referencing new table as inserted for each statement execute function postings_balance_to_zero()`,
  idempotencyKeys,
  ...hashPartitionsOf("idempotency_keys"),
  externalReferences,
  outbox,
  auditLog,
];

const down = [
  "drop table audit_log",
  "drop table outbox",
  "drop table external_references",
  "drop table idempotency_keys",
  "drop table postings",
  "drop function postings_balance_to_zero()",
  "drop table transactions",
  "drop table wallets",
  "drop table holder_emails",
  "drop table holders",
  "drop table assets",
];

function hashPartitionsOf(table: string): string[] {
  return Array.from(
    { length: hashPartitions },
    (_, remainder) =>
      `create table ${table}_${remainder} partition of ${table}
         for values with (modulus ${hashPartitions}, remainder ${remainder})`,
  );
}
