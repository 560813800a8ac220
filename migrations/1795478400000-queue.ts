import type { MigrationInterface, QueryRunner } from "typeorm";

/** The durable queue: movements that were accepted to be made later, each with what became of it. */
export class Queue1795478400000 implements MigrationInterface {
  readonly name = "Queue1795478400000";

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of up) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of down) await queryRunner.query(statement);
  }
}

/**
 * The movement is kept as it was decoded and not as the bytes that arrived: what was checked when it was accepted is
 * what is applied, whatever a later build makes of those bytes.
 */
const operations = `
create table operations (
  id uuid not null,
  key text not null,
  caller text not null,
  method text not null,
  fingerprint bytea not null,
  request_id text not null,
  traceparent text not null default '',
  movement jsonb not null,
  wallet_ids uuid[] not null,
  position bigint not null,
  outcome jsonb,
  create_time timestamptz not null,
  complete_time timestamptz,
  constraint operations_pkey primary key (id),
  constraint operation_key_has_length check (char_length(key) between 1 and 255),
  constraint operation_pending_has_no_outcome check (complete_time is not null or outcome is null)
) with (fillfactor = 80)`;

const up = [
  operations,
  "create index operations_pending on operations (position, id) where complete_time is null",
];

const down = ["drop table operations"];
