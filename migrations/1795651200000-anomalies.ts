import type { MigrationInterface, QueryRunner } from "typeorm";

/** What is unusual in the stream of transactions: findings, what they are measured by, and how far the stream was read. */
export class Anomalies1795651200000 implements MigrationInterface {
  readonly name = "Anomalies1795651200000";

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of up) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of down) await queryRunner.query(statement);
  }
}

const anomalies = `
create table anomalies (
  id uuid not null,
  rule text not null,
  severity text not null,
  state text not null default 'OPEN',
  wallet_id uuid not null,
  holder_id text not null,
  transaction_ids uuid[] not null,
  summary text not null,
  evidence jsonb not null,
  freeze_state text not null,
  reviewed_by text not null default '',
  review_reason text not null default '',
  create_time timestamptz not null,
  review_time timestamptz,
  constraint anomalies_pkey primary key (id),
  constraint anomaly_severity_known check (severity in ('NOTE', 'ALERT', 'CRITICAL')),
  constraint anomaly_state_known check (state in ('OPEN', 'CONFIRMED', 'DISMISSED')),
  constraint anomaly_freeze_state_known check (freeze_state in ('NONE', 'DUE', 'FROZEN', 'LEFT')),
  constraint anomaly_rests_on_transactions check (cardinality(transaction_ids) between 1 and 100),
  constraint anomaly_reviewed_with_time check ((state = 'OPEN') = (review_time is null)),
  constraint anomaly_reviewed_by_somebody check ((state = 'OPEN') = (reviewed_by = '')),
  constraint anomaly_freeze_due_only_while_open check (freeze_state <> 'DUE' or state = 'OPEN')
)`;

/** A profile is read and written whole, by one process. */
const walletProfiles = `
create table wallet_profiles (
  wallet_id uuid not null,
  profile jsonb not null,
  constraint wallet_profiles_pkey primary key (wallet_id)
) with (fillfactor = 80)`;

const anomalyCursors = `
create table anomaly_cursors (
  name text not null,
  position bigint not null,
  transaction_id uuid not null,
  constraint anomaly_cursors_pkey primary key (name)
)`;

const up = [
  anomalies,
  "create index anomalies_newest_first on anomalies (create_time desc, id desc)",
  "create index anomalies_of_wallet on anomalies (wallet_id, create_time desc, id desc)",
  "create index anomalies_of_holder on anomalies (holder_id, create_time desc, id desc)",
  "create index anomalies_open on anomalies (create_time desc, id desc) where state = 'OPEN'",
  "create index anomalies_freeze_due on anomalies (id) where freeze_state = 'DUE'",
  walletProfiles,
  anomalyCursors,
  // From the beginning of the stream: what there is already says what is usual.
  `insert into anomaly_cursors (name, position, transaction_id)
   values ('transactions', 0, '00000000-0000-0000-0000-000000000000')`,
];

const down = ["drop table anomaly_cursors", "drop table wallet_profiles", "drop table anomalies"];
