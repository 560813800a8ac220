import { type Kind, postingsOf, rowOf, run, type Tampering } from "../tampering.js";

const atWallet =
  (id: string): Tampering["located"] =>
  (finding) =>
    finding.walletId === id;

/** What is written into a wallet's row, as SQL, and which wallets it can be written into. */
const edits: Record<string, { readonly value: string; readonly of?: string }> = {
  balance: { value: "balance + 1" },
  held: { value: "held + 1" },
  posting_seq: { value: "posting_seq - 1" },
  chain_head: { value: "sha256(chain_head)" },
  last_post_time: { value: "last_post_time - interval '1 second'" },
  version: {
    value: "(select max(p.version) - 1 from postings p where p.wallet_id = wallets.id)",
    of: "w.posting_seq < (select max(p.version) from postings p where p.wallet_id = w.id)",
  },
};

const edit =
  (column: string): Kind =>
  async (site) => {
    const { value, of } = edits[column] ?? { value: "" };
    const { id } = await site.wallet(of);
    return {
      what: `the ${column} of wallet ${id}`,
      rows: [rowOf("wallets", id)],
      apply: run(`update wallets set ${column} = ${value} where id = '${id}'`),
      located: atWallet(id),
    };
  };

/** A wallet that nothing but a checkpoint knows of. */
const removeEmpty: Kind = async (site) => {
  const id = await site.one("select id from wallets where holder_id like 'empty-%' order by holder_id");
  return {
    what: `wallet ${id}, which has no posting, is deleted`,
    rows: [rowOf("wallets", id)],
    apply: run(`delete from wallets where id = '${id}'`),
    located: atWallet(id),
  };
};

const removeWhole: Kind = async (site) => {
  const { id } = await site.wallet();
  return {
    what: `wallet ${id} is deleted with its postings`,
    rows: [rowOf("wallets", id), postingsOf(id)],
    apply: async (session) => {
      await session.query("delete from postings where wallet_id = $1", [id]);
      await session.query("delete from wallets where id = $1", [id]);
    },
    located: atWallet(id),
  };
};

/** Somebody else's balance for one's own. */
const swapHolders: Kind = async (site) => {
  const ids = [(await site.wallet()).id, (await site.wallet()).id];
  const both = `('${ids.join("', '")}')`;
  return {
    what: `the holders of wallets ${ids.join(" and ")} are swapped`,
    rows: ids.map((id) => rowOf("wallets", id)),
    apply: run(
      `update wallets w set holder_id = o.holder_id from wallets o where w.id in ${both} and o.id in ${both} and o.id <> w.id`,
    ),
    located: ({ rule, walletId }) => rule === "WALLET_OWNER" && ids.includes(walletId ?? ""),
  };
};

/** A hold says how much of a wallet is held. */
const editHold =
  (what: string, sql: (id: string) => string): Kind =>
  async (site) => {
    const { id: walletId } = await site.wallet(
      "exists (select from holds h where h.wallet_id = w.id and h.state = 'ACTIVE')",
    );
    const id = await site.one(
      `select h.id from holds h where h.wallet_id = '${walletId}' and h.state = 'ACTIVE' order by h.create_time, h.id`,
    );
    return {
      what: `${what} ${id} of wallet ${walletId}`,
      rows: [rowOf("holds", id)],
      apply: run(sql(id)),
      located: atWallet(walletId),
    };
  };

/** What is done to wallets and what they hold. */
export const walletKinds: Record<string, Kind> = {
  ...Object.fromEntries(Object.keys(edits).map((column) => [`edit a wallet's ${column}`, edit(column)])),
  "swap the holders of two wallets": swapHolders,
  "delete a wallet without postings": removeEmpty,
  "delete a wallet whole": removeWhole,
  "edit a hold's amount": editHold(
    "the amount of hold",
    (id) => `update holds set amount = amount + 1 where id = '${id}'`,
  ),
  "delete a hold": editHold("what is deleted is hold", (id) => `delete from holds where id = '${id}'`),
};
