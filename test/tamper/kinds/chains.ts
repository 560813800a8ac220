import type { IntegrityFinding } from "../../../src/ledger/integrity.js";
import type { Posting } from "../../../src/ledger/transaction.js";
import { changeChain, putWalletRight } from "../chain.js";
import type { PickedWallet } from "../site.js";
import { atPosting, type Kind, postingsOf, rowOf } from "../tampering.js";

const walletRows = (id: string) => [postingsOf(id), rowOf("wallets", id)];

/** The run of postings in which a checkpoint says that something was written anew. */
const writtenAnew = /something in postings (\d+) to (\d+) was written anew/;

/** Whether a checkpoint contradicts a wallet, in a run of postings between two seals that has this one. */
function sealedAround(finding: IntegrityFinding, walletId: string, postingSeq: bigint): boolean {
  const [, from = "0", to = "0"] = writtenAnew.exec(finding.message) ?? [];
  return (
    finding.rule === "CHECKPOINT" &&
    finding.walletId === walletId &&
    BigInt(from) <= postingSeq &&
    postingSeq <= BigInt(to)
  );
}

const truncate: Kind = async (site) => {
  const { id, postings } = await site.wallet();
  const left = postings - BigInt(site.random.between(1, 5));
  return {
    what: `the postings of wallet ${id} are cut off behind ${left}, and its row is put right`,
    rows: walletRows(id),
    apply: async (session) => {
      await session.query("delete from postings where wallet_id = $1 and posting_seq > $2", [id, left]);
      await putWalletRight(session, id);
    },
    located: atPosting(id, left + 1n),
  };
};

const insertAtEnd: Kind = async (site) => {
  const { id, postings } = await site.wallet();
  return {
    what: `a posting is added to wallet ${id} behind ${postings}, chained, and its row is put right`,
    rows: walletRows(id),
    apply: (session) => changeChain(session, id, (chain) => [...chain, next(chain.at(-1))]),
    located: atPosting(id, postings + 1n),
  };
};

const insertInside: Kind = async (site) => {
  const { id, postings } = await site.wallet();
  const at = postings - BigInt(site.random.between(1, 8));
  return {
    what: `a posting is added to wallet ${id} as number ${at}, and all behind it are chained anew`,
    rows: walletRows(id),
    apply: (session) =>
      changeChain(session, id, (chain) => {
        const index = Number(at) - 1;
        const moved = chain.slice(index).map((posting) => ({
          ...posting,
          postingSeq: posting.postingSeq + 1n,
          version: posting.version + 1n,
        }));
        return [...chain.slice(0, index), next(chain[index - 1]), ...moved];
      }),
    located: atPosting(id, at),
  };
};

const rewriteAmount: Kind = async (site) => {
  const { walletId, postingSeq, transactionId } = await site.posting();
  return {
    what: `the amount of posting ${postingSeq} of wallet ${walletId}, with all behind it chained anew`,
    rows: walletRows(walletId),
    apply: (session) =>
      changeChain(
        session,
        walletId,
        edited(postingSeq, ({ amount }) => ({ amount: amount * 2n })),
      ),
    // Its chain is right; its transaction is not, and the transaction's other posting is.
    located: (finding) => finding.transactionId === transactionId,
  };
};

/** Changes something that no transaction repeats, so that no rule but the checkpoints' knows of it. */
const rewriteSilently =
  (column: string, change: (posting: Posting) => Partial<Posting>): Kind =>
  async (site) => {
    const { walletId, postingSeq, sealed } = await site.sealedPosting();
    return {
      what: `the ${column} of posting ${postingSeq} of wallet ${walletId}, sealed up to ${sealed}, with all behind it chained anew`,
      rows: walletRows(walletId),
      apply: (session) => changeChain(session, walletId, edited(postingSeq, change)),
      located: (finding) =>
        sealedAround(finding, walletId, postingSeq) || atPosting(walletId, postingSeq)(finding),
    };
  };

/** Rolls two wallets back that have paid only each other: balances, postings, transactions, keys and all. */
const rollBack: Kind = async (site) => {
  const pair = await site.pair();
  const [{ postings: count }] = pair;
  const left = count - BigInt(site.random.between(1, Number(count) - 2));
  const gone = await pairTransactions(site, pair, `p.posting_seq > ${left}`);
  return {
    what: `wallets ${pair.map(({ id }) => id).join(" and ")} are rolled back to posting ${left} with all that is about it`,
    rows: [
      ...pair.flatMap(({ id }) => walletRows(id)),
      { table: "transactions", where: `id in (${gone})` },
      { table: "idempotency_keys", where: `operation_id in (${gone})` },
      { table: "audit_log", where: `transaction_id in (${gone})` },
    ],
    apply: async (session) => {
      for (const { id } of pair) {
        await session.query("delete from postings where wallet_id = $1 and posting_seq > $2", [id, left]);
        await putWalletRight(session, id);
      }
      await session.query(`delete from transactions where id in (${gone})`);
      await session.query(`delete from idempotency_keys where operation_id in (${gone})`);
      await session.query(`delete from audit_log where transaction_id in (${gone})`);
    },
    located: (finding) =>
      finding.rule === "CHECKPOINT" && pair.some(({ id }) => atPosting(id, left + 1n)(finding)),
  };
};

/** Changes what a transfer moved, in its transaction and in both wallets, with everything behind it computed anew. */
const rewriteTransfer: Kind = async (site) => {
  const pair = await site.pair();
  const [{ postings: count }] = pair;
  const at = BigInt(site.random.between(2, Number(count)));
  const transaction = await pairTransactions(site, pair, `p.posting_seq = ${at}`);
  return {
    what: `the amount of posting ${at} of wallets ${pair.map(({ id }) => id).join(" and ")} and of its transaction, with all behind it computed anew`,
    rows: [
      ...pair.flatMap(({ id }) => walletRows(id)),
      { table: "transactions", where: `id in (${transaction})` },
    ],
    apply: async (session) => {
      for (const { id } of pair)
        await changeChain(
          session,
          id,
          edited(at, ({ amount }) => ({ amount: amount * 2n })),
        );
      await session.query(`update transactions set amount = amount * 2 where id in (${transaction})`);
    },
    located: (finding) => pair.some(({ id }) => sealedAround(finding, id, at)),
  };
};

/** The transactions behind some postings of the first wallet of a pair, as a list in SQL. */
async function pairTransactions(
  site: Parameters<Kind>[0],
  [first]: readonly [PickedWallet, PickedWallet],
  condition: string,
): Promise<string> {
  const rows = await site.rows<{ id: string }>(
    `select transaction_id as id from postings p where p.wallet_id = '${first.id}' and ${condition}`,
  );
  return rows.map(({ id }) => `'${id}'`).join(", ");
}

function edited(postingSeq: bigint, change: (posting: Posting) => Partial<Posting>) {
  return (chain: readonly Posting[]): Posting[] =>
    chain.map((posting) =>
      posting.postingSeq === postingSeq ? { ...posting, ...change(posting) } : posting,
    );
}

/** A posting that would come next: a credit of 1,000 out of nowhere. */
function next(last: Posting | undefined): Posting {
  if (last === undefined) throw new Error("the chain is empty");
  return {
    ...last,
    postingSeq: last.postingSeq + 1n,
    version: last.version + 1n,
    amount: 1_000n,
    balanceAfter: last.balanceAfter + 1_000n,
    availableAfter: last.availableAfter + 1_000n,
  };
}

/** What is done by somebody who computes the chain anew, up to the wallet's head. */
export const chainKinds: Record<string, Kind> = {
  "cut off the tail of a wallet": truncate,
  "insert a chained posting at the end": insertAtEnd,
  "insert a posting and chain anew": insertInside,
  "edit an amount and chain anew": rewriteAmount,
  "edit held_after and chain anew": rewriteSilently("held_after", ({ heldAfter }) => ({
    heldAfter: heldAfter + 1n,
  })),
  "edit available_after and chain anew": rewriteSilently("available_after", ({ availableAfter }) => ({
    availableAfter: availableAfter + 1n,
  })),
  "edit a post time and chain anew": rewriteSilently("post_time", ({ postTime }) => ({
    postTime: postTime - 1n,
  })),
  "roll wallets back whole": rollBack,
  "rewrite a transfer whole": rewriteTransfer,
};
