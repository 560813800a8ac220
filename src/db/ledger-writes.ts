import type { Hold } from "../ledger/hold.js";
import type { Exchange, Posting, Transaction, TransactionType } from "../ledger/transaction.js";
import { toHoldPayload } from "./hold-events.js";
import type { Session } from "./session.js";
import { bytesArray, plainArray, textArray, timeArray } from "./sql.js";

/** A transaction with the wallets it is listed under: those it posted to, or, refused, the caller's. */
export interface TransactionWrite {
  readonly transaction: Transaction;
  readonly walletIds: readonly string[];
  /** The numbers of its postings, one for each of `walletIds`; empty when it was refused. */
  readonly postingSeqs: readonly bigint[];
  /** Where it stands among all transactions; see ledger/position.ts. */
  readonly position: bigint;
}

/** Writes the final records of transactions. They are never changed. */
export async function insertTransactions(
  session: Session,
  writes: readonly TransactionWrite[],
): Promise<void> {
  const rows = writes.map(({ transaction }) => transaction);
  await session.sendPrepared(
    `insert into transactions (id, type, state, asset, amount, source_wallet_id, destination_wallet_id, wallet_ids,
       posting_seqs, refused_reason, external_reference, description, metadata, initiated_by, on_behalf_of, request_id,
       create_time, post_time, original_transaction_id, hold_id, batch_id, job_id, exchanges, position)
     select id, type, state, asset, amount, source, destination, wallet_ids::uuid[], posting_seqs::bigint[], reason,
       reference, description, metadata, initiated_by, on_behalf_of, request_id, create_time, post_time, original, hold,
       batch, job, exchanges, position
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::uuid[], $7::uuid[], $8::text[],
       $9::text[], $10::text[], $11::text[], $12::text[], $13::jsonb[], $14::text[], $15::text[], $16::text[],
       $17::timestamptz[], $18::timestamptz[], $19::uuid[], $20::uuid[], $21::uuid[], $22::uuid[], $23::jsonb[],
       $24::bigint[])
       as posted (id, type, state, asset, amount, source, destination, wallet_ids, posting_seqs, reason, reference,
         description, metadata, initiated_by, on_behalf_of, request_id, create_time, post_time, original, hold, batch,
         job, exchanges, position)`,
    [
      plainArray(rows.map((row) => row.id)),
      plainArray(rows.map((row) => row.type)),
      plainArray(rows.map((row) => row.state)),
      plainArray(rows.map((row) => row.asset)),
      plainArray(rows.map((row) => row.amount)),
      plainArray(rows.map((row) => row.sourceWalletId)),
      plainArray(rows.map((row) => row.destinationWalletId)),
      textArray(writes.map((write) => plainArray(write.walletIds))),
      textArray(writes.map((write) => plainArray(write.postingSeqs))),
      textArray(rows.map((row) => row.refusedReason)),
      textArray(rows.map((row) => row.externalReference)),
      textArray(rows.map((row) => row.description)),
      textArray(rows.map((row) => JSON.stringify(row.metadata))),
      textArray(rows.map((row) => row.initiatedBy)),
      textArray(rows.map((row) => row.onBehalfOf)),
      textArray(rows.map((row) => row.requestId)),
      timeArray(rows.map((row) => row.createTime)),
      timeArray(rows.map((row) => row.postTime)),
      plainArray(rows.map((row) => row.originalTransactionId)),
      plainArray(rows.map((row) => row.holdId)),
      plainArray(rows.map((row) => row.batchId)),
      plainArray(rows.map((row) => row.jobId)),
      textArray(rows.map((row) => exchangesColumn(row.exchanges))),
      plainArray(writes.map((write) => write.position)),
    ],
  );
}

// Units go into JSON as text: a JSON number is not exact beyond 2^53.
function exchangesColumn(exchanges: readonly Exchange[]): string | null {
  if (exchanges.length === 0) return null;
  return JSON.stringify(exchanges, (_, value) => (typeof value === "bigint" ? `${value}` : value));
}

/** A posting with what its event says besides. */
export interface PostingWrite {
  readonly posting: Posting;
  readonly eventId: string;
  readonly transactionType: TransactionType;
  /** The W3C trace context of the call. Empty when there is none. */
  readonly traceparent: string;
  /** The hold that it captures from. */
  readonly hold: Hold | null;
}

/** What few postings' events say besides; null for the usual one. */
function extrasColumn({ traceparent, hold }: PostingWrite): string | null {
  if (traceparent === "" && hold === null) return null;
  return JSON.stringify({
    ...(traceparent !== "" && { traceparent }),
    ...(hold !== null && { hold: toHoldPayload(hold) }),
  });
}

/**
 * Writes postings, all of a batch in one statement, so that the database can check that each transaction's sum is
 * zero, and an event for each. Both statements take the same array literals: making them is what costs.
 */
export async function insertPostings(session: Session, writes: readonly PostingWrite[]): Promise<void> {
  const postings = writes.map(({ posting }) => posting);
  const walletId = plainArray(postings.map((posting) => posting.walletId));
  const postingSeq = plainArray(postings.map((posting) => posting.postingSeq));
  const transactionId = plainArray(postings.map((posting) => posting.transactionId));
  const asset = plainArray(postings.map((posting) => posting.asset));
  const amount = plainArray(postings.map((posting) => posting.amount));
  const balanceAfter = plainArray(postings.map((posting) => posting.balanceAfter));
  const heldAfter = plainArray(postings.map((posting) => posting.heldAfter));
  const availableAfter = plainArray(postings.map((posting) => posting.availableAfter));
  const version = plainArray(postings.map((posting) => posting.version));
  const postTime = timeArray(postings.map((posting) => posting.postTime));
  await Promise.all([
    session.sendPrepared(
      `insert into postings (wallet_id, posting_seq, transaction_id, asset, amount, balance_after, held_after,
         available_after, version, post_time, hash)
       select * from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
         $8::bigint[], $9::bigint[], $10::timestamptz[], $11::bytea[])`,
      [
        walletId,
        postingSeq,
        transactionId,
        asset,
        amount,
        balanceAfter,
        heldAfter,
        availableAfter,
        version,
        postTime,
        bytesArray(postings.map((posting) => posting.hash)),
      ],
    ),
    session.sendPrepared(
      `insert into outbox (id, aggregatetype, aggregateid, seq, type, payload, create_time)
       select id, 'wallet', wallet_id::text, version, 'posting', jsonb_build_object(
           'transaction_id', transaction_id, 'transaction_type', transaction_type, 'posting_seq', posting_seq::text,
           'asset', asset, 'amount', amount::text, 'balance', balance::text, 'held', held::text,
           'available', available::text) || coalesce(extras, '{}'), post_time
       from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::bigint[], $7::text[], $8::bigint[],
         $9::bigint[], $10::bigint[], $11::bigint[], $12::jsonb[], $13::timestamptz[])
         as event (id, wallet_id, version, transaction_id, transaction_type, posting_seq, asset, amount, balance, held,
           available, extras, post_time)`,
      [
        plainArray(writes.map(({ eventId }) => eventId)),
        walletId,
        version,
        transactionId,
        plainArray(writes.map(({ transactionType }) => transactionType)),
        postingSeq,
        asset,
        amount,
        balanceAfter,
        heldAfter,
        availableAfter,
        textArray(writes.map(extrasColumn)),
        postTime,
      ],
    ),
  ]);
}
