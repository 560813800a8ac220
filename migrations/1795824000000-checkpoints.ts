import type { MigrationInterface, QueryRunner } from "typeorm";

/** Checkpoints: seals over the heads of all wallets, with what is needed to prove and to contradict them later. */
export class Checkpoints1795824000000 implements MigrationInterface {
  readonly name = "Checkpoints1795824000000";

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of up) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of down) await queryRunner.query(statement);
  }
}

/**
 * The moments at which the heads of all wallets were read. Their numbers are the order of their snapshots: whoever takes
 * a number waits for the one who took the number before.
 */
const captures = `
create table checkpoint_captures (
  number bigint not null,
  create_time timestamptz not null,
  constraint checkpoint_captures_pkey primary key (number),
  constraint checkpoint_capture_number_positive check (number > 0)
)`;

/**
 * The heads that had changed since the capture before; a wallet's head at a capture is its newest row up to there. No
 * foreign key to wallets: its checks would lock the rows that movements wait for.
 */
const heads = `
create table checkpoint_heads (
  wallet_id uuid not null,
  capture bigint not null,
  posting_seq bigint not null,
  chain_head bytea not null,
  constraint checkpoint_heads_pkey primary key (wallet_id, capture),
  constraint checkpoint_head_posting_seq_not_negative check (posting_seq >= 0),
  constraint checkpoint_head_is_a_digest check (octet_length(chain_head) = 32)
)`;

const checkpoints = `
create table checkpoints (
  id uuid not null,
  capture bigint not null,
  merkle_root bytea not null,
  wallet_count bigint not null,
  posting_count bigint not null,
  previous_checkpoint_id uuid,
  create_time timestamptz not null,
  signature bytea not null,
  public_key bytea not null,
  key_id text not null,
  constraint checkpoints_pkey primary key (id),
  constraint checkpoints_have_a_capture_each unique (capture),
  constraint checkpoints_follow_one_another unique nulls not distinct (previous_checkpoint_id),
  constraint checkpoint_root_is_a_digest check (octet_length(merkle_root) = 32),
  constraint checkpoint_signature_has_length check (octet_length(signature) = 64),
  constraint checkpoint_public_key_has_length check (octet_length(public_key) = 32),
  constraint checkpoint_wallet_count_not_negative check (wallet_count >= 0),
  constraint checkpoint_posting_count_not_negative check (posting_count >= 0)
)`;

/** The roots over each 1,024 wallets of a checkpoint, so that a proof reads two thousand rows and not all heads. */
const subtrees = `
create table checkpoint_subtrees (
  checkpoint_id uuid not null,
  first_wallet_id uuid not null,
  hash bytea not null,
  constraint checkpoint_subtrees_pkey primary key (checkpoint_id, first_wallet_id),
  constraint checkpoint_subtree_hash_is_a_digest check (octet_length(hash) = 32)
)`;

const up = [captures, heads, checkpoints, subtrees];

const down = [
  "drop table checkpoint_subtrees",
  "drop table checkpoints",
  "drop table checkpoint_heads",
  "drop table checkpoint_captures",
];
