import type { MigrationInterface, QueryRunner } from "typeorm";

/** A list of the wallets of a system role would read those of all holders, newest first, until it found them. */
export class SystemWallets1795996800000 implements MigrationInterface {
  readonly name = "SystemWallets1795996800000";

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `create index wallets_of_system_role on wallets (system_role, create_time desc, id desc)
       where system_role is not null`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query("drop index wallets_of_system_role");
  }
}
