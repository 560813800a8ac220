import type { Posting, Transaction } from "../ledger/transaction.js";
import type { Session } from "./session.js";
import { bytesArray, plainArray, textArray, timeArray } from "./sql.js";

/** A transaction with the wallets it is listed under: those it posted to, or, refused, the caller's. */
export interface TransactionWrite {
  readonly transaction: Transaction;
  readonly walletIds: readonly string[];
  /** The numbers of its postings, one for each of `walletIds`; empty when it was refused. */
  readonly postingSeqs: readonly bigint[];
}

/** Writes the final records of transactions. They are never changed. */
export async function insertTransactions(
  session: Session,
  writes: readonly TransactionWrite[],
): Promise<void> {
  const rows = writes.map(({ transaction }) => transaction);
  await session.send(
    `insert into transactions (id, type, state, asset, amount, source_wallet_id, destination_wallet_id, wallet_ids,
       posting_seqs, refused_reason, external_reference, description, metadata, initiated_by, on_behalf_of, request_id,
       create_time, post_time)
     select id, type, state, asset, amount, source, destination, wallet_ids::uuid[], posting_seqs::bigint[], reason,
       reference, description, metadata, initiated_by, on_behalf_of, request_id, create_time, post_time
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::uuid[], $7::uuid[], $8::text[],
       $9::text[], $10::text[], $11::text[], $12::text[], $13::jsonb[], $14::text[], $15::text[], $16::text[],
       $17::timestamptz[], $18::timestamptz[])
       as posted (id, type, state, asset, amount, source, destination, wallet_ids, posting_seqs, reason, reference,
         description, metadata, initiated_by, on_behalf_of, request_id, create_time, post_time)`,
    [
      plainArray(rows.map((row) => row.id)),
      textArray(rows.map((row) => row.type)),
      textArray(rows.map((row) => row.state)),
      textArray(rows.map((row) => row.asset)),
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
    ],
  );
}

/** Writes postings, all of a batch in one statement, so that the database can check that each transaction's sum is zero. */
export async function insertPostings(session: Session, postings: readonly Posting[]): Promise<void> {
  await session.send(
    `insert into postings (wallet_id, posting_seq, transaction_id, asset, amount, balance_after, held_after,
       available_after, version, post_time, hash)
     select * from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
       $8::bigint[], $9::bigint[], $10::timestamptz[], $11::bytea[])`,
    [
      plainArray(postings.map((posting) => posting.walletId)),
      plainArray(postings.map((posting) => posting.postingSeq)),
      plainArray(postings.map((posting) => posting.transactionId)),
      textArray(postings.map((posting) => posting.asset)),
      plainArray(postings.map((posting) => posting.amount)),
      plainArray(postings.map((posting) => posting.balanceAfter)),
      plainArray(postings.map((posting) => posting.heldAfter)),
      plainArray(postings.map((posting) => posting.availableAfter)),
      plainArray(postings.map((posting) => posting.version)),
      timeArray(postings.map((posting) => posting.postTime)),
      bytesArray(postings.map((posting) => posting.hash)),
    ],
  );
}
