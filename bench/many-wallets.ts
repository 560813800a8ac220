import pg from "pg";
import { emptyChainHead, holderWalletId } from "../src/ledger/wallet.js";
import type { Databases } from "./databases.js";
import { asset, holderOf, holders, manyHolders } from "./load/frames.js";

/** The name of the copy that has them; servers work on copies of it. */
export const manyWallets = "many_wallets";

/** So low that no transfer of one unit is ever refused: the wallets need no movement that fills them first. */
const floor = -1_000_000_000_000n;

/** Makes a copy with 100,000 wallets of holders. Those beyond the first thousand may be overdrawn, and are empty. */
export async function makeManyWallets(databases: Databases): Promise<void> {
  const url = await databases.copy(manyWallets);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const ids = Array.from({ length: manyHolders - holders.length }, (_, n) => holderOf(n + holders.length));
    await client.query(
      `insert into holders (id, display_name, create_time, update_time)
       select id, id, now(), now() from unnest($1::text[]) as id`,
      [ids],
    );
    const walletIds = ids.map((id) => holderWalletId(asset, id));
    await client.query(
      `insert into wallets (id, asset, holder_id, version, min_balance, chain_head, create_time, update_time)
       select id, $3::text, holder_id, 1, $4::bigint, $5::bytea, now(), now() from unnest($1::uuid[], $2::text[]) as h (id, holder_id)`,
      [walletIds, ids, asset, floor, emptyChainHead],
    );
    // Each version of a wallet has its event.
    await client.query(
      `insert into outbox (id, aggregatetype, aggregateid, seq, type, payload, create_time)
       select gen_random_uuid(), 'wallet', id, 1, 'limits', jsonb_build_object('min_balance', $2::text), now()
       from unnest($1::text[]) as id`,
      [walletIds, floor],
    );
  } finally {
    await client.end();
  }
}
