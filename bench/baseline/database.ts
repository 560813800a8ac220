import pg from "pg";
import type { Database } from "../../src/db/database.js";
import { AssetEntity } from "../../src/db/entities/asset.js";
import { HolderEntity } from "../../src/db/entities/holder.js";
import { JobEntity } from "../../src/db/entities/job.js";
import { WalletEntity } from "../../src/db/entities/wallet.js";
import { lockStatements } from "../../src/db/locks.js";
import { Pool } from "../../src/db/pool.js";
import { fromTimestamp } from "../../src/db/sql.js";
import { PreparingClient } from "./preparing-client.js";

const timestampWithTimeZone = 1184;

/** One pool for everything, whose connections prepare their statements. A request waits for its connection as long as it takes. */
export async function openBaselineDatabase(url: string, connections: number): Promise<Database> {
  const dataSource = new Pool(
    {
      type: "postgres",
      url,
      entities: [AssetEntity, HolderEntity, JobEntity, WalletEntity],
      installExtensions: false,
      logging: false,
      extra: { max: connections, types: { getTypeParser }, Client: PreparingClient },
    },
    false,
  );
  await dataSource.initialize();
  return {
    writer: dataSource,
    reader: dataSource,
    locks: lockStatements(dataSource),
    isolation: "read committed",
  };
}

function getTypeParser(oid: number, format?: "text" | "binary"): unknown {
  return oid === timestampWithTimeZone ? fromTimestamp : pg.types.getTypeParser(oid, format as "text");
}
