import type { Posting } from "../ledger/transaction.js";

/** The columns of a transaction that tell its postings. */
export interface PostingsColumns {
  readonly id: string;
  readonly wallet_ids: readonly string[];
  readonly posting_seqs: readonly string[];
  /** See `postingsOfTransaction`; null when it has none. */
  readonly postings: string | null;
}

/**
 * The postings of `t` as one text, in the order they were made, with `;` between them and `,` between their fields, which
 * no field has. A transaction names its postings, so each is one look-up by primary key: `offset 0` keeps PostgreSQL from
 * reading all postings of a small ledger instead. A page of transactions has over a hundred of them, and a row for each
 * would cost more than looking them up does.
 */
export const postingsOfTransaction = `(
  select string_agg(concat_ws(',', named.place, p.asset, p.amount, p.balance_after, p.held_after, p.available_after, p.version,
    (extract(epoch from p.post_time) * 1000000)::bigint, encode(p.hash, 'hex')), ';' order by named.place)
  from unnest(t.wallet_ids, t.posting_seqs) with ordinality as named (wallet_id, posting_seq, place),
    lateral (select * from postings one where one.wallet_id = named.wallet_id
      and one.posting_seq = named.posting_seq offset 0) as p
  where p.transaction_id = t.id) as postings`;

/** The postings of a transaction, in the order they were made; those that do not exist are left out. */
export function toPostings(row: PostingsColumns): Posting[] {
  return row.postings === null ? [] : row.postings.split(";").map((text) => toPostingOf(row, text));
}

function toPostingOf({ id, wallet_ids, posting_seqs }: PostingsColumns, text: string): Posting {
  const [place, asset = "", amount, balanceAfter, heldAfter, availableAfter, version, postTime, hash] =
    text.split(",");
  const index = Number(place) - 1;
  return {
    walletId: wallet_ids[index] ?? "",
    postingSeq: toBigint(posting_seqs[index]),
    transactionId: id,
    asset,
    amount: toBigint(amount),
    balanceAfter: toBigint(balanceAfter),
    heldAfter: toBigint(heldAfter),
    availableAfter: toBigint(availableAfter),
    version: toBigint(version),
    postTime: toBigint(postTime),
    hash: Buffer.from(hash ?? "", "hex"),
  };
}

/** @throws RangeError or SyntaxError where the text has none: it does not tell a posting then. */
function toBigint(text: string | undefined): bigint {
  if (text === undefined) throw new RangeError("a posting lacks a number");
  return BigInt(text);
}
