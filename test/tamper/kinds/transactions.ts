import type { Site } from "../site.js";
import type { Kind, Tampering } from "../tampering.js";
import { rowOf, run } from "../tampering.js";

const nobody = "'00000000-0000-5000-8000-000000000000'";

const atTransaction =
  (id: string): Tampering["located"] =>
  (finding) =>
    finding.transactionId === id;

/** What answers a transaction, and so says something of it. */
async function correctionsOf(site: Site, id: string): Promise<string[]> {
  const rows = await site.rows<{ id: string }>(
    `select id from transactions where original_transaction_id = '${id}'`,
  );
  return rows.map((row) => row.id);
}

/** What is written into a transaction, as SQL, and of which it is to be. */
const edits: Record<string, { readonly set: string; readonly of?: string }> = {
  amount: { set: "amount = amount * 2", of: "t.amount is not null" },
  "source wallet": { set: `source_wallet_id = ${nobody}`, of: "t.source_wallet_id is not null" },
  "destination wallet": {
    set: `destination_wallet_id = ${nobody}`,
    of: "t.destination_wallet_id is not null",
  },
  "wallet ids": { set: `wallet_ids[1] = ${nobody}` },
  "posting numbers": { set: "posting_seqs[2] = posting_seqs[2] + 1" },
  state: { set: "state = 'REFUSED', refused_reason = 'INSUFFICIENT_FUNDS', post_time = null" },
  type: {
    set: "type = case type when 'TOP_UP' then 'BONUS' else 'SPEND' end",
    of: "t.type in ('TOP_UP', 'TRANSFER')",
  },
  "original transaction": {
    set: "original_transaction_id = gen_random_uuid()",
    of: "t.type = 'REFUND'",
  },
};

const edit =
  (name: string): Kind =>
  async (site) => {
    const { set, of } = edits[name] ?? { set: "" };
    const id = await site.transaction(of);
    return {
      what: `the ${name} of transaction ${id}`,
      rows: [rowOf("transactions", id)],
      apply: run(`update transactions set ${set} where id = '${id}'`),
      contradicted: await correctionsOf(site, id),
      located: atTransaction(id),
    };
  };

const remove: Kind = async (site) => {
  const id = await site.transaction();
  return {
    what: `transaction ${id} is deleted`,
    rows: [rowOf("transactions", id)],
    apply: run(`delete from transactions where id = '${id}'`),
    contradicted: await correctionsOf(site, id),
    located: atTransaction(id),
  };
};

/** A transaction with the postings of another: one that would have moved value twice. */
const forge: Kind = async (site) => {
  const id = await site.transaction();
  const [row] = await site.rows<{ forged: string }>("select gen_random_uuid()::text as forged");
  const forged = row?.forged ?? "";
  return {
    what: `a copy of transaction ${id} is added as ${forged}`,
    rows: [rowOf("transactions", forged)],
    apply: run(
      `insert into transactions select (jsonb_populate_record(t, jsonb_build_object('id', '${forged}'))).*
       from transactions t where t.id = '${id}'`,
    ),
    located: atTransaction(forged),
  };
};

/** What is done to the records of transactions. */
export const transactionKinds: Record<string, Kind> = {
  ...Object.fromEntries(Object.keys(edits).map((name) => [`edit a transaction's ${name}`, edit(name)])),
  "delete a transaction": remove,
  "insert a transaction": forge,
};
