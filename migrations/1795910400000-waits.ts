import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * A transaction is found by its time through its id, which begins with the time of the request. A queued movement can
 * wait much longer than any other: lists look here for those that did.
 */
export class Waits1795910400000 implements MigrationInterface {
  readonly name = "Waits1795910400000";

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `create index operations_waited on operations (id, complete_time)
       where complete_time - create_time > interval '1 hour'`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query("drop index operations_waited");
  }
}
