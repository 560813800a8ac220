import type { MigrationInterface, QueryRunner } from "typeorm";

/** Where each audited call came from and whom it concerned, and what the audit log is searched by. */
export class Audit1795564800000 implements MigrationInterface {
  readonly name = "Audit1795564800000";

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of up) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of down) await queryRunner.query(statement);
  }
}

/**
 * Every movement writes an entry, so what it writes is kept small: an entry that has the id of its transaction leaves
 * its holders and wallets to that, and none of the indexes but the primary key takes anything in for it. The block range
 * index takes in whole ranges of the table, after they have been filled: it finds the ranges that may have a rare
 * request, caller, method or reason. One that is frequent is found soon by walking the ids down.
 */
const up = [
  "alter table audit_log add column remote_address text not null default ''",
  "alter table audit_log add column holder_ids text[]",
  "alter table audit_log add column wallet_ids uuid[]",
  `create index audit_log_of_kind on audit_log (kind, id) where kind <> 'MOVEMENT'`,
  "create index audit_log_of_transaction on audit_log (transaction_id) where transaction_id <> id",
  `create index audit_log_of_holder on audit_log using gin (holder_ids) with (fastupdate = off)
     where holder_ids is not null`,
  `create index audit_log_of_wallet on audit_log using gin (wallet_ids) with (fastupdate = off)
     where wallet_ids is not null`,
  `create index audit_log_of_call on audit_log using brin (
     request_id text_bloom_ops (n_distinct_per_range = 4000),
     caller text_bloom_ops (n_distinct_per_range = 1000),
     method text_bloom_ops (n_distinct_per_range = 100),
     error_reason text_bloom_ops (n_distinct_per_range = 100)
   ) with (pages_per_range = 64, autosummarize = on)`,
  "alter table operations add column remote_address text not null default ''",
];

const down = [
  "alter table operations drop column remote_address",
  "drop index audit_log_of_call",
  "drop index audit_log_of_wallet",
  "drop index audit_log_of_holder",
  "drop index audit_log_of_transaction",
  "drop index audit_log_of_kind",
  "alter table audit_log drop column wallet_ids",
  "alter table audit_log drop column holder_ids",
  "alter table audit_log drop column remote_address",
];
