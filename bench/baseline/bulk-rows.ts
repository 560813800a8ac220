// PostgreSQL by itself: one prepared statement makes all rows that the service writes for 1,000 transfers between 1,000
// wallets, and is its own durable transaction. No request is decoded, nothing is planned or refused, and nobody is
// answered. In a process of its own, which gets one `RowsOrder` at a time and ends when its parent does.
//
// The rows are real: it locks the asset and the wallets as the service does, and balances, sequences, positions, events
// and hash chains are right, so that the ledger holds every oracle. To stay one pass over sets, without a loop for the
// chains, each wallet is the source of one movement and the destination of another.
import pg from "pg";
import { canonicalBytes } from "../../src/db/integrity/chains.js";
import { answerOrders, type Cost } from "../load/answer.js";
import { asset, holders } from "../load/frames.js";

/** How long to make rows, in which database. */
export interface RowsOrder {
  readonly url: string;
  /** What they are made on, one statement after the other on each. They are kept for the next order. */
  readonly connections: number;
  /** Whether the movements belong to batches, as those of `ExecuteBatch` do. */
  readonly ofBatch: boolean;
  /** What the idempotency keys of this order begin with. */
  readonly keyPrefix: string;
  readonly warmUpMs: number;
  /** With 0, all is warm-up. */
  readonly measuredMs: number;
}

/** What it came to. */
export interface RowsResult extends Cost {
  /** Movements per second. */
  readonly perSecond: number;
  /** Movements that were made, those of the warm-up included. */
  readonly succeeded: number;
}

/** Movements of one statement, which is one transaction. */
export const movementsEach = 1_000;

const kept = new Map<string, pg.Client[]>();

async function run(order: RowsOrder): Promise<Omit<RowsResult, keyof Cost>> {
  const clients = await clientsOf(order);
  const makeFor = async (forMs: number, part: string): Promise<number> => {
    const untilMs = performance.now() + forMs;
    const made = clients.map((client, index) =>
      make(client, order, `${order.keyPrefix}-${part}${index}-`, untilMs),
    );
    return (await Promise.all(made)).reduce((sum, one) => sum + one, 0);
  };
  const before = await makeFor(order.warmUpMs, "warm");
  const beganMs = performance.now();
  const measured = await makeFor(order.measuredMs, "");
  const seconds = (performance.now() - beganMs) / 1_000;
  return { perSecond: measured === 0 ? 0 : measured / seconds, succeeded: before + measured };
}

async function clientsOf({ url, connections }: RowsOrder): Promise<pg.Client[]> {
  const clients = kept.get(url) ?? [];
  kept.set(url, clients);
  while (clients.length < connections) {
    const client = new pg.Client({ connectionString: url });
    // Its database is dropped in the end, under an idle connection.
    client.on("error", () => {});
    await client.connect();
    clients.push(client);
  }
  return clients;
}

/** Makes movements one statement after the other, and returns how many. */
async function make(
  client: pg.Client,
  { ofBatch }: RowsOrder,
  keyPrefix: string,
  untilMs: number,
): Promise<number> {
  let statements = 0;
  while (performance.now() < untilMs) {
    // How far each movement's destination is from its source, in the order of the wallets.
    const step = 1 + (statements % (holders.length - 1));
    const values = [ofBatch ? crypto.randomUUID() : null, step, `${keyPrefix}${++statements}-`];
    const { rowCount } = await client.query({ name: "make_rows", text: statement, values });
    if (rowCount !== holders.length) throw new Error(`a statement changed ${rowCount} wallets`);
  }
  return statements * movementsEach;
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

answerOrders<RowsOrder, RowsResult>(run);
