import type { DataSource } from "typeorm";
import type { StatementTotal } from "../ledger/statement.js";
import type { Posting, TransactionType } from "../ledger/transaction.js";
import { readRows } from "./read.js";
import { type PostingRow, postingColumns, toPosting } from "./transactions.js";

/** A run of one wallet's postings, by their numbers: all of them are there, and none of them ever changes. */
export interface PostingRun {
  readonly walletId: string;
  /** Only postings with a number above this. */
  readonly above: bigint;
  /** Only postings with a number up to this one. */
  readonly through: bigint;
}

/** A posting with what its statement says of its transaction. */
export interface StatementPosting extends Posting {
  readonly type: TransactionType;
  readonly description: string;
  readonly externalReference: string;
}

interface StatementPostingRow extends PostingRow {
  type: TransactionType;
  description: string;
  external_reference: string;
}

interface TotalRow {
  type: TransactionType;
  credits: string;
  debits: string;
  posting_count: string;
}

// A posting does not know its type. The limit keeps each transaction one look-up by primary key in the one partition
// that has it: joined plainly, a run of 500 postings was planned as a scan of every transaction there is.
const source = `postings p cross join lateral (
    select t.type, t.description, t.external_reference from transactions t where t.id = p.transaction_id limit 1
  ) t
  where p.wallet_id = $1 and p.posting_seq > $2 and p.posting_seq <= $3`;

/** What a run of postings comes to by type. */
export async function sumPostings(
  reader: DataSource,
  { walletId, above, through }: PostingRun,
): Promise<StatementTotal[]> {
  const rows = await readRows<TotalRow>(
    reader,
    `select t.type, coalesce(sum(p.amount) filter (where p.amount > 0), 0) as credits,
       coalesce(sum(p.amount) filter (where p.amount < 0), 0) as debits, count(*) as posting_count
     from ${source} group by t.type`,
    [walletId, above, through],
  );
  return rows.map((row) => ({
    type: row.type,
    credits: BigInt(row.credits),
    debits: BigInt(row.debits),
    postingCount: BigInt(row.posting_count),
  }));
}

/** A run of postings, oldest first. */
export async function listStatementPostings(
  reader: DataSource,
  { walletId, above, through }: PostingRun,
): Promise<StatementPosting[]> {
  const rows = await readRows<StatementPostingRow>(
    reader,
    `select ${postingColumns}, t.type, t.description, t.external_reference from ${source} order by p.posting_seq`,
    [walletId, above, through],
  );
  return rows.map((row) => ({
    ...toPosting(row),
    type: row.type,
    description: row.description,
    externalReference: row.external_reference,
  }));
}
