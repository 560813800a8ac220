import type { MigrationInterface, QueryRunner } from "typeorm";

/** What a check of the whole ledger keeps: what it has to verify, and the places that it has reached. */
export class Integrity1795737600000 implements MigrationInterface {
  readonly name = "Integrity1795737600000";

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of up) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of down) await queryRunner.query(statement);
  }
}

const runs = `
create table integrity_runs (
  id uuid not null,
  asset text,
  snapshot_time timestamptz not null,
  wallet_count bigint not null,
  posting_count bigint not null,
  last_transaction_id uuid,
  finding_count bigint,
  end_time timestamptz,
  constraint integrity_runs_pkey primary key (id),
  constraint integrity_run_ended_with_a_count check ((end_time is null) = (finding_count is null))
)`;

/**
 * Unlogged, for it is a copy of what the wallets say, made anew by each check: a crash of the server empties it, and the
 * check that it belonged to begins anew.
 */
const heads = `
create unlogged table integrity_heads (
  run_id uuid not null,
  wallet_id uuid not null,
  asset text not null,
  system_role text,
  balance bigint not null,
  version bigint not null,
  posting_seq bigint not null,
  chain_head bytea not null,
  last_post_time timestamptz,
  constraint integrity_heads_pkey primary key (run_id, wallet_id)
)`;

const places = `
create unlogged table integrity_places (
  run_id uuid not null,
  id uuid not null,
  place jsonb not null,
  constraint integrity_places_pkey primary key (run_id, id)
)`;

const up = [
  runs,
  "create index integrity_runs_newest_first on integrity_runs (snapshot_time desc, id desc)",
  heads,
  places,
  // What was given back of a transaction is compared with what its refunds and reversals say.
  `create index transactions_of_original on transactions (original_transaction_id, id desc)
     where original_transaction_id is not null`,
];

const down = [
  "drop index transactions_of_original",
  "drop table integrity_places",
  "drop table integrity_heads",
  "drop table integrity_runs",
];
