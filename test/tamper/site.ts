import type pg from "pg";
import type { Random } from "../model/random.js";

/** A holder's wallet with postings. */
export interface PickedWallet {
  readonly id: string;
  /** How many postings it has. */
  readonly postings: bigint;
}

/** A posting of a wallet. */
export interface PickedPosting {
  readonly walletId: string;
  readonly postingSeq: bigint;
  readonly transactionId: string;
}

/** What a batch of tamperings has used: two of them at one place could hide each other. */
export type Used = Set<string>;

/** Where tamperings find their place. What is picked once is not picked again in the same batch. */
export class Site {
  readonly session: pg.Client;
  readonly random: Random;
  readonly #used: Used;

  constructor(session: pg.Client, random: Random, used: Used) {
    this.session = session;
    this.random = random;
    this.#used = used;
  }

  /** A wallet of a holder with some postings, for which more holds if that is asked for. */
  async wallet(condition = "true"): Promise<PickedWallet> {
    const row = await this.#pick<{ id: string; posting_seq: string }>(
      `select w.id, w.posting_seq from wallets w where w.holder_id like 'holder-%' and w.posting_seq >= 20 and ${condition}
       order by w.holder_id`,
    );
    return { id: row.id, postings: BigInt(row.posting_seq) };
  }

  /** A posting in the middle of a wallet: neither the first nor one of the last. */
  async posting(): Promise<PickedPosting> {
    const wallet = await this.wallet();
    return this.postingAt(wallet, BigInt(this.random.between(2, Number(wallet.postings) - 3)));
  }

  /** One of the last postings of a wallet that a checkpoint seals. */
  async sealedPosting(): Promise<PickedPosting & { readonly sealed: bigint }> {
    const wallet = await this.wallet();
    const [row] = await this.rows<{ sealed: string }>(
      `select max(posting_seq) as sealed from checkpoint_heads where wallet_id = '${wallet.id}'`,
    );
    const sealed = BigInt(row?.sealed ?? 0);
    const back = BigInt(this.random.below(Math.min(Number(sealed) - 1, 12)));
    return { ...(await this.postingAt(wallet, sealed - back)), sealed };
  }

  async postingAt({ id }: { readonly id: string }, postingSeq: bigint): Promise<PickedPosting> {
    const [row] = await this.rows<{ transaction_id: string }>(
      `select transaction_id from postings where wallet_id = '${id}' and posting_seq = ${postingSeq}`,
    );
    if (row === undefined) throw new Error(`wallet ${id} has no posting ${postingSeq}`);
    return { walletId: id, postingSeq, transactionId: row.transaction_id };
  }

  /** The id of a posted transaction, of a type if one is given, in which no wallet is that was picked before. */
  async transaction(condition = "true"): Promise<string> {
    const { id } = await this.#pick<{ id: string }>(
      `select t.id from transactions t where t.state = 'POSTED' and ${condition} order by t.position, t.id`,
    );
    return id;
  }

  /** A row of some other table, by its id. */
  async one(sql: string): Promise<string> {
    return (await this.#pick<{ id: string }>(sql)).id;
  }

  /** Two wallets that have only ever paid each other since they were filled. */
  async pair(): Promise<readonly [PickedWallet, PickedWallet]> {
    const first = await this.#pick<{ id: string; holder_id: string }>(
      "select w.id, w.holder_id from wallets w where w.holder_id like 'pair-%-a' order by w.holder_id",
    );
    const name = first.holder_id.slice(0, -1);
    const rows = await this.rows<{ id: string; posting_seq: string }>(
      `select id, posting_seq from wallets where holder_id in ('${name}a', '${name}b') order by holder_id`,
    );
    const [a, b] = rows.map((row) => ({ id: row.id, postings: BigInt(row.posting_seq) }));
    if (a === undefined || b === undefined) throw new Error(`${name} is no pair`);
    return [a, b];
  }

  /** One of these, of which no other is picked in the batch that is about the same. */
  take<Row>(rows: readonly Row[], idOf: (row: Row) => string): Row {
    const picked = this.random.pick(rows.filter((row) => !this.#used.has(idOf(row))));
    this.#used.add(idOf(picked));
    return picked;
  }

  async rows<Row extends object>(sql: string): Promise<Row[]> {
    return (await this.session.query<Row>(sql)).rows;
  }

  async #pick<Row extends { id: string }>(sql: string): Promise<Row> {
    return this.take(await this.rows<Row>(sql), ({ id }) => id);
  }
}
