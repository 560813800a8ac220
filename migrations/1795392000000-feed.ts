import type { MigrationInterface, QueryRunner } from "typeorm";

/** What live streams read by besides the outbox: all transactions in one order. */
export class Feed1795392000000 implements MigrationInterface {
  readonly name = "Feed1795392000000";

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of up) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of down) await queryRunner.query(statement);
  }
}

/** Gives the transactions that are there already positions by their times, and by their ids within a microsecond. */
const placeExisting = `
update transactions t set position = placed.position
from (
  select id, micros * 1000 + least(row_number() over (partition by micros order by id) - 1, 999) as position
  from (
    select id, (extract(epoch from coalesce(post_time, create_time)) * 1000000)::bigint as micros from transactions
  ) as timed
) as placed
where t.id = placed.id`;

const up = [
  "alter table transactions add column position bigint",
  placeExisting,
  "alter table transactions alter column position set not null",
  "create index transactions_in_order on transactions (position, id)",
];

const down = ["drop index transactions_in_order", "alter table transactions drop column position"];
