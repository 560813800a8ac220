import { atPosting, type Kind, postingsOf, run } from "../tampering.js";

/** What is written into a column of a posting, as SQL. */
const edits: Record<string, string> = {
  transaction_id: "gen_random_uuid()",
  asset: "asset || '_x'",
  amount: "amount * 2",
  balance_after: "balance_after + 1",
  held_after: "held_after + 1",
  available_after: "available_after + 1",
  version: "version + 1",
  post_time: "post_time + interval '1 microsecond'",
  hash: "sha256(hash)",
  posting_seq: "posting_seq + 1000000",
};

const edit =
  (column: string, value: string): Kind =>
  async (site) => {
    const { walletId, postingSeq } = await site.posting();
    return {
      what: `the ${column} of posting ${postingSeq} of wallet ${walletId}`,
      rows: [postingsOf(walletId)],
      apply: run(
        `update postings set ${column} = ${value} where wallet_id = '${walletId}' and posting_seq = ${postingSeq}`,
      ),
      located: atPosting(walletId, postingSeq),
    };
  };

const remove: Kind = async (site) => {
  const { walletId, postingSeq } = await site.posting();
  return {
    what: `posting ${postingSeq} of wallet ${walletId} is deleted`,
    rows: [postingsOf(walletId)],
    apply: run(`delete from postings where wallet_id = '${walletId}' and posting_seq = ${postingSeq}`),
    located: atPosting(walletId, postingSeq),
  };
};

const give: Kind = async (site) => {
  const { walletId, postingSeq } = await site.posting();
  const other = await site.wallet();
  const given = other.postings + 1n;
  return {
    what: `posting ${postingSeq} of wallet ${walletId} is given to wallet ${other.id}`,
    rows: [postingsOf(walletId), postingsOf(other.id)],
    apply: run(
      `update postings set wallet_id = '${other.id}', posting_seq = ${given}
       where wallet_id = '${walletId}' and posting_seq = ${postingSeq}`,
    ),
    located: atPosting(walletId, postingSeq),
  };
};

const swap: Kind = async (site) => {
  const { walletId, postingSeq } = await site.posting();
  const next = postingSeq + 1n;
  return {
    what: `postings ${postingSeq} and ${next} of wallet ${walletId} change places`,
    rows: [postingsOf(walletId)],
    apply: async (session) => {
      const renumber = (from: bigint, to: bigint) =>
        session.query("update postings set posting_seq = $3 where wallet_id = $1 and posting_seq = $2", [
          walletId,
          from,
          to,
        ]);
      await renumber(postingSeq, 1_000_000n);
      await renumber(next, postingSeq);
      await renumber(1_000_000n, next);
    },
    located: atPosting(walletId, postingSeq),
  };
};

const duplicate: Kind = async (site) => {
  const wallet = await site.wallet();
  const added = wallet.postings + 1n;
  return {
    what: `a copy of posting ${wallet.postings} of wallet ${wallet.id} is added as number ${added}`,
    rows: [postingsOf(wallet.id)],
    apply: run(
      `insert into postings select wallet_id, ${added}, transaction_id, asset, amount, balance_after + amount, held_after,
         available_after + amount, version + 1, post_time, sha256(hash)
       from postings where wallet_id = '${wallet.id}' and posting_seq = ${wallet.postings}`,
    ),
    located: atPosting(wallet.id, added),
  };
};

/** What is done to postings by somebody who leaves the chain as it is. */
export const postingKinds: Record<string, Kind> = {
  ...Object.fromEntries(
    Object.entries(edits).map(([column, value]) => [`edit a posting's ${column}`, edit(column, value)]),
  ),
  "delete a posting": remove,
  "give a posting to another wallet": give,
  "reorder two postings": swap,
  "insert a posting at the end": duplicate,
};
