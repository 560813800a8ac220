import { expect } from "chai";
import pg from "pg";
import { fromTimestamp } from "../../src/db/sql.js";
import { type PostingRow, postingColumns, toPosting } from "../../src/db/transactions.js";
import { postingHash } from "../../src/ledger/chain.js";
import type { Posting } from "../../src/ledger/transaction.js";
import { emptyChainHead } from "../../src/ledger/wallet.js";
import { keptSession } from "./postgres.js";

/** What must hold of every ledger at rest. Each statement finds the rows that break its rule. */
const rules: Record<string, string> = {
  "the postings of each transaction sum to zero per asset": `
    select transaction_id, asset, sum(amount) from postings group by 1, 2 having sum(amount) <> 0`,
  "each wallet's balance is the sum of its postings": `
    select w.id, w.balance, coalesce(sum(p.amount), 0) from wallets w left join postings p on p.wallet_id = w.id
    group by w.id having w.balance <> coalesce(sum(p.amount), 0)`,
  "each wallet's balance is its last posting's balance after": `
    select w.id from wallets w left join postings p on p.wallet_id = w.id and p.posting_seq = w.posting_seq
    where w.balance <> coalesce(p.balance_after, 0)`,
  "each balance after is the one before plus the amount": `
    select wallet_id, posting_seq from (select *, coalesce(lag(balance_after) over (partition by wallet_id
      order by posting_seq), 0) as before from postings) p where balance_after <> before + amount`,
  "posting sequences have no gap": `
    select w.id, w.posting_seq, count(p.*), max(p.posting_seq) from wallets w left join postings p on p.wallet_id = w.id
    group by w.id having count(p.*) <> w.posting_seq or coalesce(max(p.posting_seq), 0) <> w.posting_seq`,
  "post times never run backwards within a wallet": `
    select wallet_id, posting_seq from (select *, lag(post_time) over (partition by wallet_id order by posting_seq)
      as before from postings) p where post_time < before`,
  "versions rise with each posting": `
    select wallet_id, posting_seq from (select *, coalesce(lag(version) over (partition by wallet_id
      order by posting_seq), 0) as before from postings) p where version <= before`,
  "each wallet holds what its open holds hold": `
    select w.id, w.held, sum(h.amount - h.captured) from wallets w
    left join holds h on h.wallet_id = w.id and h.state = 'ACTIVE'
    group by w.id having w.held <> coalesce(sum(h.amount - h.captured), 0)`,
  "each hold was captured as much as its captures took": `
    select h.id, h.captured, sum(t.amount) from holds h
    left join transactions t on t.hold_id = h.id and t.type = 'CAPTURE' and t.state = 'POSTED'
    group by h.id having h.captured <> coalesce(sum(t.amount), 0)`,
  "each capture takes from a hold of its source": `
    select t.id from transactions t left join holds h on h.id = t.hold_id and h.wallet_id = t.source_wallet_id
      and h.asset = t.asset and t.post_time < h.expire_time
    where t.type = 'CAPTURE' and t.state = 'POSTED' and h.id is null`,
  "each hold is in a wallet of its asset": `
    select h.id from holds h left join wallets w on w.id = h.wallet_id and w.asset = h.asset where w.id is null`,
  "a hold that expired was resolved at that instant, and any other before": `
    select id from holds where case state when 'EXPIRED' then resolve_time <> expire_time
      else resolve_time >= expire_time end`,
  "each hold has the event of its last state": `
    select h.id from holds h left join outbox o on o.aggregateid = h.wallet_id::text and o.type = 'hold'
      and o.payload->'hold'->>'id' = h.id::text and o.payload->'hold'->>'state' = h.state
    where h.state <> 'CAPTURED' and o.id is null`,
  "no balance is below its floor": "select id from wallets where balance - held < min_balance - floor_waiver",
  "the wallets of each asset sum to zero":
    "select asset, sum(balance) from wallets group by 1 having sum(balance) <> 0",
  "all wallets but the treasury hold what was topped up less what was withdrawn": `
    with moved as (select t.asset, sum(case
          when t.type = 'TOP_UP' or (t.type in ('REFUND', 'REVERSAL') and o.type = 'WITHDRAWAL') then t.amount
          when t.type = 'WITHDRAWAL' or (t.type = 'REVERSAL' and o.type = 'TOP_UP') then -t.amount
          else 0 end) as net
        from transactions t left join transactions o on o.id = t.original_transaction_id
        where t.state = 'POSTED' group by t.asset),
      kept as (select asset, sum(balance) as held from wallets where system_role is distinct from 'TREASURY' group by asset)
    select * from kept left join moved using (asset) where kept.held <> coalesce(moved.net, 0)`,
  "each posted transaction has the postings it names": `
    select t.id from transactions t left join lateral unnest(t.wallet_ids, t.posting_seqs) as n (wallet_id, seq) on true
    left join postings p on p.wallet_id = n.wallet_id and p.posting_seq = n.seq and p.transaction_id = t.id
    where t.state = 'POSTED' and p.wallet_id is null`,
  "each posting belongs to a posted transaction": `
    select p.transaction_id from postings p left join transactions t on t.id = p.transaction_id
    where t.state is distinct from 'POSTED'`,
  "every idempotency key points at one outcome": `
    select k.key from idempotency_keys k left join transactions t on t.id = k.operation_id and t.state = 'POSTED'
    where case when k.outcome is null or k.outcome -> 'result' -> 'balances' = 'null' then t.id is null
      else k.outcome ? 'refused' and t.id is not null end`,
  "every complete operation that was not refused has its transaction, and no other has a posted one": `
    select o.id from operations o left join transactions t on t.id = o.id and t.state = 'POSTED'
    where (t.id is not null) <> (o.complete_time is not null and not coalesce(o.outcome ? 'refused', false))`,
  "every operation has the key that it was accepted under, and every such key its operation": `
    select coalesce(o.id, k.operation_id) from operations o
    full join (select * from idempotency_keys where method like '%/EnqueueTransaction') k
      on k.operation_id = o.id and k.key = o.key and k.caller = o.caller and k.fingerprint = o.fingerprint
    where o.id is null or k.operation_id is null`,
  "every transaction that an operation's refusal names was refused for its reason": `
    select o.id from operations o left join transactions t on t.id::text = o.outcome #>> '{refused,transactionId}'
      and t.refused_reason = o.outcome #>> '{refused,reason}'
    where o.outcome #>> '{refused,transactionId}' <> '' and t.id is null`,
  "every job was paid for by the spend that names it": `
    select j.id from jobs j left join transactions t on t.id = j.transaction_id and t.job_id = j.id
      and t.state = 'POSTED' and t.type = 'SPEND' and t.amount = j.cost and t.source_wallet_id = j.wallet_id
    where t.id is null`,
  "every spend for a job has it": `
    select t.id from transactions t left join jobs j on j.id = t.job_id
    where t.job_id is not null and t.state = 'POSTED' and j.id is null`,
  "no two keys point at the same outcome": `
    select operation_id from idempotency_keys group by 1 having count(*) > 1`,
  "every transaction that a batch's key names was posted in that batch": `
    select k.key, named.id from idempotency_keys k
    cross join lateral jsonb_array_elements_text(k.outcome #> '{result,transactionIds}') as named (id)
    left join transactions t on t.id = named.id::uuid and t.batch_id = k.operation_id and t.state = 'POSTED'
    where t.id is null and k.method not like '%/ReviewAnomaly'`,
  "every transaction that a key's refusal names was refused for its reason": `
    select k.key from idempotency_keys k
    left join transactions t on t.id::text = k.outcome #>> '{refused,transactionId}'
      and t.refused_reason = k.outcome #>> '{refused,reason}'
    where k.outcome #>> '{refused,transactionId}' <> '' and t.id is null`,
  "every external reference points at the transaction that carries it": `
    select r.reference from external_references r left join transactions t on t.id = r.transaction_id
      and t.external_reference = r.reference and t.type = r.type and t.state = 'POSTED' and (t.asset = r.asset
        or t.asset is null and exists (select from postings p where p.transaction_id = t.id and p.asset = r.asset))
    where r.type <> 'HOLD' and t.id is null`,
  "the postings of FX wallets by a compound transaction are its exchanges": `
    with exchanged as (select t.id, side.asset, sum(side.units) as units from transactions t,
        jsonb_to_recordset(t.exchanges) as e ("soldAsset" text, sold bigint, "boughtAsset" text, bought bigint),
        lateral (values (e."soldAsset", e.sold), (e."boughtAsset", -e.bought)) as side (asset, units)
      where t.state = 'POSTED' group by 1, 2),
    posted as (select p.transaction_id as id, p.asset, sum(p.amount) as units from postings p
      join wallets w on w.id = p.wallet_id and w.system_role = 'FX'
      join transactions t on t.id = p.transaction_id and t.type = 'COMPOUND' group by 1, 2)
    select * from exchanged full join posted using (id, asset) where exchanged.units is distinct from posted.units`,
  "every external reference of a hold points at the hold that carries it": `
    select r.reference from external_references r left join holds h on h.id = r.transaction_id
      and h.external_reference = r.reference and h.asset = r.asset
    where r.type = 'HOLD' and h.id is null`,
  "every posting has its event": `
    select p.wallet_id, p.posting_seq from postings p
    left join outbox o on o.aggregateid = p.wallet_id::text and o.seq = p.version and o.type = 'posting'
    where o.id is null`,
  "every posting's event tells the balance after it": `
    select p.wallet_id, p.version from postings p join outbox o on o.aggregateid = p.wallet_id::text and o.seq = p.version
    where (o.payload ->> 'balance', o.payload ->> 'held', o.payload ->> 'available')
      is distinct from (p.balance_after::text, p.held_after::text, p.available_after::text)`,
  "positions rise with each posting of a wallet": `
    select wallet_id, version from (select p.wallet_id, p.version, t.position, lag(t.position) over w as before,
        t.id = lag(t.id) over w as same from postings p join transactions t on t.id = p.transaction_id
      window w as (partition by p.wallet_id order by p.version)) placed
    where position < before or position = before and not same`,
  "each version of a wallet has exactly one event": `
    select w.id, w.version, count(o.*) from wallets w left join outbox o on o.aggregateid = w.id::text
    group by w.id having count(o.*) <> w.version or count(distinct o.seq) <> w.version or max(o.seq) <> w.version`,
  "each wallet's last post time is its last posting's": `
    select w.id from wallets w left join postings p on p.wallet_id = w.id and p.posting_seq = w.posting_seq
    where w.last_post_time is distinct from p.post_time`,
  "every transaction has exactly one audit entry, of what became of it": `
    select t.id, count(a.id) from transactions t left join audit_log a on a.transaction_id = t.id
    group by t.id, t.state, t.refused_reason having count(a.id) <> 1
      or min(a.kind) <> case t.state when 'POSTED' then 'MOVEMENT' else 'REFUSAL' end
      or min(a.error_reason) is distinct from t.refused_reason`,
  "every audit entry of a transaction has one, and tells whom it concerns or leaves that to it": `
    select a.*, t.type, t.state from audit_log a left join transactions t on t.id = a.transaction_id
    left join transactions o on o.id = t.original_transaction_id
    where a.transaction_id is not null and (t.id is null or (a.wallet_ids is null) <> (
      a.id = t.id and t.state = 'POSTED'
        or o.id is not null and o.state = 'REFUSED' and o.source_wallet_id is null and o.destination_wallet_id is null))`,
  "each refund total is the sum of its refunds": `
    select coalesce(r.transaction_id, s.id) from refund_totals r full join (
      select original_transaction_id as id, sum(amount) as amount from transactions
      where type = 'REFUND' and state = 'POSTED' group by 1) s on s.id = r.transaction_id
    where coalesce(r.refunded, 0) <> coalesce(s.amount, 0)`,
  "refunds answer transactions that can be refunded, in their asset, and never exceed them": `
    select o.id from transactions t left join transactions o on o.id = t.original_transaction_id
    where t.type = 'REFUND' and t.state = 'POSTED' group by o.id, o.amount, o.asset, o.type, o.state
    having o.state is distinct from 'POSTED' or o.type not in ('SPEND', 'WITHDRAWAL', 'TRANSFER', 'PAYOUT')
      or sum(t.amount) > o.amount or min(t.asset) <> o.asset or max(t.asset) <> o.asset`,
  "a refund goes from the wallet that received to the wallet that paid": `
    select t.id from transactions t join transactions o on o.id = t.original_transaction_id
    where t.type = 'REFUND' and t.state = 'POSTED' and (t.source_wallet_id, t.destination_wallet_id)
      is distinct from (o.destination_wallet_id, o.source_wallet_id)`,
  "each reversal and the total of what it undid name each other": `
    select coalesce(t.id, r.reversed_by) from (select * from refund_totals where reversed_by is not null) r
    full join (select * from transactions where type = 'REVERSAL' and state = 'POSTED') t
      on t.id = r.reversed_by and t.original_transaction_id = r.transaction_id
    where t.id is null or r.transaction_id is null`,
  "nothing is reversed but posted transactions that are no correction": `
    select o.id from transactions t join transactions o on o.id = t.original_transaction_id
    where t.type = 'REVERSAL' and t.state = 'POSTED'
      and (o.state <> 'POSTED' or o.type in ('REFUND', 'REVERSAL'))`,
  "each reversal moves every wallet back": `
    select t.id, p.wallet_id, sum(p.amount) from transactions t
    join postings p on p.transaction_id in (t.id, t.original_transaction_id)
    where t.type = 'REVERSAL' and t.state = 'POSTED' group by 1, 2 having sum(p.amount) <> 0`,
  "every head of a wallet that was captured is the hash of its posting": `
    select h.wallet_id, h.capture from checkpoint_heads h
    left join postings p on p.wallet_id = h.wallet_id and p.posting_seq = h.posting_seq
    where h.chain_head is distinct from coalesce(p.hash, decode(repeat('00', 32), 'hex'))
      or (p.hash is null) <> (h.posting_seq = 0)`,
  "every checkpoint but one follows another, and all of them in the order of their captures": `
    select c.id from checkpoints c left join checkpoints b on b.id = c.previous_checkpoint_id
    where b.id is null and c.capture <> (select min(capture) from checkpoints)
      or b.capture >= c.capture or b.create_time > c.create_time`,
  "no wallet has more of a waiver than it needs": `
    select id from wallets where floor_waiver <> greatest(0, min_balance::numeric - balance + held)`,
  "each anomaly rests on transactions that there are": `
    select a.id, named.id from anomalies a cross join lateral unnest(a.transaction_ids) as named (id)
    left join transactions t on t.id = named.id where t.id is null`,
  "each anomaly that alerts has its event, and no other has": `
    select coalesce(a.id::text, o.aggregateid) from (select * from anomalies where severity <> 'NOTE') a
    full join (select * from outbox where aggregatetype = 'anomaly') o on o.aggregateid = a.id::text
      and o.seq = 1 and o.create_time = a.create_time and o.payload ->> 'wallet_id' = a.wallet_id::text
    where a.id is null or o.id is null`,
  "no rule finds the same in the same wallet twice": `
    select wallet_id, rule, transaction_ids from anomalies group by 1, 2, 3 having count(*) > 1`,
  "only holders' wallets have profiles": `
    select p.wallet_id from wallet_profiles p left join wallets w on w.id = p.wallet_id where w.holder_id is null`,
  "each wallet's holder status is its holder's": `
    select w.id from wallets w join holders h on h.id = w.holder_id where h.status <> w.holder_status`,
};

/** The oracle that no statement can ask. */
const chainsAreWhole = "the hash of each posting covers it and the one before";

/**
 * Fails unless every oracle holds for this database. Nothing may be writing to it.
 *
 * @param except oracles that cannot hold, by their words: of a ledger that was made with something left out.
 */
export async function expectOracles(url: string, except: readonly string[] = []): Promise<void> {
  expect([...Object.keys(rules), chainsAreWhole]).to.include.members([...except]);
  // Prepared, as planning these takes several times as long as they do on the ledger of a test.
  const session = await keptSession(url);
  for (const [index, [rule, text]] of Object.entries(rules).entries()) {
    if (except.includes(rule)) continue;
    expect((await session.query({ name: `oracle_${index}`, text })).rows, rule).to.deep.equal([]);
  }
  if (!except.includes(chainsAreWhole)) await expectChains(session);
}

/** How many postings are read at once: a bench leaves more than fit into memory. */
const postingsEach = 20_000;

async function expectChains(session: pg.Client): Promise<void> {
  const heads = new Map<string, Buffer>();
  let last: Posting | undefined;
  do {
    const page: Posting[] = await postingsAfter(session, last);
    for (const posting of page) {
      const hash = postingHash(heads.get(posting.walletId) ?? emptyChainHead, posting);
      if (!hash.equals(posting.hash))
        expect.fail(`the chain of wallet ${posting.walletId} breaks at ${posting.postingSeq}`);
      heads.set(posting.walletId, hash);
    }
    last = page.at(-1);
  } while (last !== undefined);
  const wallets = await session.query<{ id: string; chain_head: Buffer }>(
    "select id, chain_head from wallets",
  );
  for (const wallet of wallets.rows) {
    if (!wallet.chain_head.equals(heads.get(wallet.id) ?? emptyChainHead)) {
      expect.fail(`the head of wallet ${wallet.id} is not its last posting's hash`);
    }
  }
}

/** The postings that follow one in the order of wallets and their numbers; from the beginning where there is none. */
async function postingsAfter(session: pg.Client, last: Posting | undefined): Promise<Posting[]> {
  const { rows } = await session.query<PostingRow>({
    text: `select ${postingColumns} from postings p where (p.wallet_id, p.posting_seq) > ($1, $2)
      order by p.wallet_id, p.posting_seq limit ${postingsEach}`,
    values: [last?.walletId ?? lowestWalletId, last?.postingSeq ?? 0n],
    types: { getTypeParser },
  });
  return rows.map(toPosting);
}

const lowestWalletId = "00000000-0000-0000-0000-000000000000";
const timestampWithTimeZone = 1184;

/** The driver's own parsers, but times as the service reads them. */
function getTypeParser(oid: number, format?: "text" | "binary"): unknown {
  return oid === timestampWithTimeZone ? fromTimestamp : pg.types.getTypeParser(oid, format as "text");
}
