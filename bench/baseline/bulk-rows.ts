import pg from "pg";
import { canonicalBytes } from "../../src/db/integrity/chains.js";
import { asset, holders } from "../load/frames.js";

/** Movements of one statement, which is one transaction. */
export const movementsEach = 1_000;

/** What a bulk of movements has of its own. */
interface Rows {
  /** The batch that its transactions belong to; null for those of a stream. */
  readonly batchId: string | null;
  /** How far each movement's destination is from its source, in the order of the wallets: 1 to 999. */
  readonly step: number;
  /** What its idempotency keys begin with. */
  readonly keyPrefix: string;
}

/**
 * PostgreSQL by itself: one prepared statement makes all rows that the service writes for 1,000 transfers between 1,000
 * wallets, and is its own durable transaction. No request is decoded, nothing is planned or refused, and nobody is
 * answered.
 *
 * The rows are real: it locks the asset and the wallets as the service does, and balances, sequences, positions, events
 * and hash chains are right, so that the ledger holds every oracle. To stay one pass over sets, without a loop for the
 * chains, each wallet is the source of one movement and the destination of another.
 */
export class BulkRows {
  readonly #client: pg.Client;
  readonly #name: string;
  #statements = 0;

  private constructor(client: pg.Client, name: string) {
    this.#client = client;
    this.#name = name;
  }

  /** @param name tells its keys from those of another connection. */
  static async connect(url: string, name: string): Promise<BulkRows> {
    const client = new pg.Client({ connectionString: url });
    // When a run is given up, its database stops under this connection: that must not hide why. Statements still fail.
    client.on("error", () => {});
    await client.connect();
    return new BulkRows(client, name);
  }

  /**
   * Makes movements one statement after the other for a time, and returns how many.
   *
   * @param ofBatch whether they belong to batches, as those of `ExecuteBatch` do.
   */
  async run(forMs: number, ofBatch: boolean): Promise<number> {
    const until = performance.now() + forMs;
    let made = 0;
    while (performance.now() < until) {
      const statement = ++this.#statements;
      made += await this.#make({
        batchId: ofBatch ? crypto.randomUUID() : null,
        step: 1 + (statement % (holders.length - 1)),
        keyPrefix: `${this.#name}-${statement}-`,
      });
    }
    return made;
  }

  async close(): Promise<void> {
    await this.#client.end();
  }

  async #make({ batchId, step, keyPrefix }: Rows): Promise<number> {
    const values = [batchId, step, keyPrefix];
    const { rowCount } = await this.#client.query({ name: "make_rows", text: statement, values });
    if (rowCount !== holders.length) throw new Error(`a statement changed ${rowCount} wallets`);
    return movementsEach;
  }
}

const caller = "wallet|service|load-service";
const method = "/wallet.v1.WalletService/Transfer";

/** The locks, in the service's order, and the one time of the batch, later than what was posted to any of its wallets. */
const locked = `
gold as materialized (select code from assets where code = '${asset}' for share),
locked as materialized (
  select w.* from wallets w where w.holder_id is not null order by w.id for update
),
party as materialized (select l.*, row_number() over (order by l.id) - 1 as n from locked l),
moment as materialized (
  select code as asset, greatest(clock_timestamp(), last.time + interval '1 microsecond') as time, uuidv7() as request
  from gold, (select max(last_post_time) as time from locked) as last
)`;

/** Party n pays in movement n. Who is near the end of the circle pays before it is paid, the others after. */
const moved = `
moved as materialized (
  select i, uuidv7() as id, s.id as source, d.id as destination,
    s.posting_seq + case when s.n < $2::int then 1 else 2 end as source_seq,
    d.posting_seq + case when d.n < $2::int then 2 else 1 end as destination_seq
  from generate_series(0, ${movementsEach - 1}) as i
  join party s on s.n = i join party d on d.n = (i + $2::int) % ${movementsEach}
)`;

/** The first and the second posting of each wallet, whose hash covers the first one's. */
const posted = `
first as materialized (
  select p.*, sha256(p.chain_head || ${canonicalBytes}) as hash
  from (
    select w.id as wallet_id, w.posting_seq + 1 as posting_seq, m.id as transaction_id, moment.asset, side.amount,
      w.balance + side.amount as balance_after, w.held as held_after,
      w.balance + side.amount - w.held - w.min_balance + w.floor_waiver as available_after,
      w.version + 1 as version, moment.time as post_time, w.chain_head, w.n
    from moment, party w cross join lateral (
      select case when w.n < $2::int then -1::bigint else 1::bigint end as amount,
        case when w.n < $2::int then w.n else w.n - $2::int end as i
    ) as side
    join moved m on m.i = side.i
  ) as p
),
second as materialized (
  select p.*, sha256(p.chain_head || ${canonicalBytes}) as hash
  from (
    select f.wallet_id, f.posting_seq + 1 as posting_seq, m.id as transaction_id, f.asset, -f.amount as amount,
      f.balance_after - f.amount as balance_after, f.held_after, f.available_after - f.amount as available_after,
      f.version + 1 as version, f.post_time, f.hash as chain_head
    from first f
    join moved m on m.i = case when f.n < $2::int then f.n - $2::int + ${movementsEach} else f.n end
  ) as p
),
posted as materialized (
  select wallet_id, posting_seq, transaction_id, asset, amount, balance_after, held_after, available_after, version,
    post_time, hash from first
  union all
  select wallet_id, posting_seq, transaction_id, asset, amount, balance_after, held_after, available_after, version,
    post_time, hash from second
)`;

const written = `
keys as (
  insert into idempotency_keys (key, caller, fingerprint, method, operation_id, create_time)
  select $3::text || lpad(i::text, 9, '0'), '${caller}', sha256(uuid_send(id)), '${method}', id, now() from moved
),
records as (
  insert into transactions (id, type, state, asset, amount, source_wallet_id, destination_wallet_id, wallet_ids,
    posting_seqs, refused_reason, external_reference, description, metadata, initiated_by, on_behalf_of, request_id,
    create_time, post_time, batch_id, position)
  select id, 'TRANSFER', 'POSTED', asset, 1, source, destination, array[source, destination],
    array[source_seq, destination_seq], null, '', '', '{}', '${caller}', '', request::text, time, time, $1::uuid,
    (extract(epoch from time) * 1000000)::bigint * 1000 + i
  from moved, moment
),
sides as (insert into postings (wallet_id, posting_seq, transaction_id, asset, amount, balance_after, held_after,
    available_after, version, post_time, hash) select * from posted),
events as (
  insert into outbox (id, aggregatetype, aggregateid, seq, type, payload, create_time)
  select uuidv7(), 'wallet', wallet_id::text, version, 'posting', jsonb_build_object(
      'transaction_id', transaction_id, 'transaction_type', 'TRANSFER', 'posting_seq', posting_seq::text,
      'asset', asset, 'amount', amount::text, 'balance', balance_after::text, 'held', held_after::text,
      'available', available_after::text), post_time
  from posted
),
entries as (
  insert into audit_log (id, kind, caller, on_behalf_of, remote_address, method, transaction_id, request_id,
    create_time)
  select id, 'MOVEMENT', '${caller}', '', '127.0.0.1', '${method}', id, request::text, time from moved, moment
)`;

const statement = `
with ${locked}, ${moved}, ${posted}, ${written}
update wallets w set balance = s.balance_after, version = s.version, posting_seq = s.posting_seq,
  last_post_time = s.post_time, chain_head = s.hash, update_time = s.post_time
from second s where w.id = s.wallet_id`;
