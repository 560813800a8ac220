import { expect } from "chai";
import { soon } from "../../support/files.js";
import { checkLedger, stepsOf } from "../../support/integrity.js";
import { onServer, type TestDatabase, testDatabase } from "../../support/postgres.js";

const wallets = 2_000;

describe("the work of an integrity check", () => {
  let database: TestDatabase;

  before(async () => {
    database = await testDatabase();
    const makeAssets = `insert into assets (code, name, scale, create_time, update_time)
      select 'asset_' || n, 'Asset', 0, now(), now() from generate_series(1, ${wallets}) as n`;
    const makeWallets = `insert into wallets (id, asset, system_role, version, min_balance, chain_head, create_time, update_time)
      select gen_random_uuid(), 'asset_' || n, 'FX', 1, 0, decode(repeat('00', 32), 'hex'), now(), now()
      from generate_series(1, ${wallets}) as n`;
    await onServer(database.ownerUrl, `${makeAssets}; ${makeWallets}`);
  });

  /** How many captured wallets statements have read so far, by the statistics of PostgreSQL. */
  async function captured(): Promise<{ written: number; read: number }> {
    const [row] = await onServer<{ written: string; read: string }>(
      database.ownerUrl,
      `select n_tup_ins as written, coalesce(idx_tup_fetch, 0) + seq_tup_read as read
       from pg_stat_user_tables where relname = 'integrity_heads'`,
    );
    return { written: Number(row?.written), read: Number(row?.read) };
  }

  it("grows with the number of wallets and not with its square", async () => {
    await checkLedger(database.url, { limits: stepsOf(50) });
    await soon(
      "the connections of the check have left their statistics",
      async () => (await captured()).written >= wallets,
    );
    const { written, read } = await captured();
    expect(written).to.equal(wallets);
    // Each is listed, verified and compared a few times; read as a whole by each of 40 steps it would be 40 times.
    expect(read).to.be.within(wallets, 8 * wallets);
  });
});
