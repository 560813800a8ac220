import pg from "pg";
import { fromTimestamp, toTimestamp } from "../../src/db/sql.js";
import { type PostingRow, postingColumns, toPosting } from "../../src/db/transactions.js";
import { postingHash } from "../../src/ledger/chain.js";
import type { Posting } from "../../src/ledger/transaction.js";
import { emptyChainHead } from "../../src/ledger/wallet.js";

const timestampWithTimeZone = 1184;

/** A wallet's postings, in order. */
async function readChain(session: pg.Client, walletId: string): Promise<Posting[]> {
  const { rows } = await session.query<PostingRow>({
    text: `select ${postingColumns} from postings p where p.wallet_id = $1 order by p.posting_seq`,
    values: [walletId],
    types: { getTypeParser },
  });
  return rows.map(toPosting);
}

/**
 * Changes a wallet's postings and writes all behind the first change anew, as somebody would who knows how the ledger
 * computes: balances, hashes, and the wallet's own row put right.
 *
 * @param change returns the postings that stay as they are, and others in the place of the rest.
 */
export async function changeChain(
  session: pg.Client,
  walletId: string,
  change: (chain: readonly Posting[]) => readonly Posting[],
): Promise<void> {
  const chain = await readChain(session, walletId);
  const changed = change(chain);
  const kept = chain.findIndex((posting, index) => posting !== changed[index]);
  const index = kept === -1 ? chain.length : kept;
  let before = chain[index - 1];
  await session.query("delete from postings where wallet_id = $1 and posting_seq > $2", [walletId, index]);
  for (const given of changed.slice(index)) {
    const previous: Posting | undefined = before;
    const balanceAfter = (previous?.balanceAfter ?? 0n) + given.amount;
    const availableAfter = given.availableAfter + balanceAfter - given.balanceAfter;
    const posting = { ...given, balanceAfter, availableAfter };
    before = { ...posting, hash: postingHash(previous?.hash ?? emptyChainHead, posting) };
    await insertPosting(session, before);
  }
  await putWalletRight(session, walletId);
}

/** Makes a wallet's row say what its last posting does. */
export async function putWalletRight(session: pg.Client, walletId: string): Promise<void> {
  await session.query(
    `update wallets w set balance = p.balance_after, posting_seq = p.posting_seq, chain_head = p.hash,
       last_post_time = p.post_time,
       version = case when w.held = 0 then p.version else greatest(w.version, p.version) end
     from (select * from postings where wallet_id = $1 order by posting_seq desc limit 1) p where w.id = $1`,
    [walletId],
  );
}

async function insertPosting(session: pg.Client, posting: Posting): Promise<void> {
  await session.query("insert into postings values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", [
    posting.walletId,
    posting.postingSeq,
    posting.transactionId,
    posting.asset,
    posting.amount,
    posting.balanceAfter,
    posting.heldAfter,
    posting.availableAfter,
    posting.version,
    toTimestamp(posting.postTime),
    posting.hash,
  ]);
}

function getTypeParser(oid: number, format?: "text" | "binary") {
  return oid === timestampWithTimeZone ? fromTimestamp : pg.types.getTypeParser(oid, format as "text");
}
