import { columnIndex, type Row, type TableLayout } from "../db/table-layout.js";
import { postingHash } from "../ledger/chain.js";
import type { Posting } from "../ledger/transaction.js";
import type { ChainState, ChainStates } from "./chain-states.js";

/** Reads the postings of an export's rows. */
export type PostingReader = (row: Row) => Posting;

/** How the columns of `postings` make a posting. */
export function postingReader(layout: TableLayout): PostingReader {
  const at = (name: string) => columnIndex(layout, name);
  const texts = { walletId: at("wallet_id"), transactionId: at("transaction_id"), asset: at("asset") };
  const numbers = {
    postingSeq: at("posting_seq"),
    amount: at("amount"),
    balanceAfter: at("balance_after"),
    heldAfter: at("held_after"),
    availableAfter: at("available_after"),
    version: at("version"),
  };
  const [time, hash] = [at("post_time"), at("hash")];
  return (row) => ({
    walletId: String(row[texts.walletId]),
    transactionId: String(row[texts.transactionId]),
    asset: String(row[texts.asset]),
    postingSeq: BigInt(String(row[numbers.postingSeq])),
    amount: BigInt(String(row[numbers.amount])),
    balanceAfter: BigInt(String(row[numbers.balanceAfter])),
    heldAfter: BigInt(String(row[numbers.heldAfter])),
    availableAfter: BigInt(String(row[numbers.availableAfter])),
    version: BigInt(String(row[numbers.version])),
    postTime: microsOf(String(row[time])),
    hash: Buffer.from(String(row[hash]), "hex"),
  });
}

/**
 * Replays the postings of one transaction on the chains of its wallets, and works out again what each says of itself.
 *
 * @throws a sentence, as an Error, that says which posting is not what it must be.
 */
export function replayPostings(
  chains: ChainStates,
  transactionId: string,
  postings: readonly Posting[],
): void {
  const sums = new Map<string, bigint>();
  for (const posting of postings) {
    const chain = chains.get(posting.walletId);
    if (chain === undefined) throw new Error(`${nameOf(posting)} is of a wallet that is not in the export.`);
    const problem = problemOf(posting, chain, transactionId);
    if (problem !== undefined) throw new Error(`${nameOf(posting)} ${problem}.`);
    chains.set(posting.walletId, { ...posting, balance: posting.balanceAfter, head: posting.hash });
    sums.set(posting.asset, (sums.get(posting.asset) ?? 0n) + posting.amount);
  }
  for (const [asset, sum] of sums) {
    if (sum !== 0n)
      throw new Error(`the postings of transaction ${transactionId} sum to ${sum} ${asset}, not to 0.`);
  }
}

/** What is wrong with a posting that comes next in this chain; undefined when nothing is. */
function problemOf(posting: Posting, chain: ChainState, transactionId: string): string | undefined {
  const { amount, balanceAfter, version, postTime } = posting;
  const seq = chain.postingSeq + 1n;
  const balance = chain.balance + amount;
  if (posting.transactionId !== transactionId)
    return `is of transaction ${posting.transactionId}, not of its own`;
  if (posting.asset !== chain.asset) return `is in ${posting.asset}, and its wallet in ${chain.asset}`;
  if (posting.postingSeq !== seq) return `comes where posting ${seq} belongs`;
  if (amount === 0n) return "moves nothing";
  if (balanceAfter !== balance)
    return `leaves ${balanceAfter}, where ${chain.balance} + ${amount} is ${balance}`;
  if (version <= chain.version) return `has version ${version}, after version ${chain.version}`;
  if (postTime < chain.postTime) return "was made before the one before it";
  const hash = postingHash(chain.head, posting);
  return hash.equals(posting.hash)
    ? undefined
    : `has the hash ${posting.hash.toString("hex")}, not ${hash.toString("hex")}`;
}

const nameOf = ({ walletId, postingSeq }: Posting): string => `posting ${postingSeq} of wallet ${walletId}`;

/** `2026-11-21T10:00:00.123456Z` in microseconds since 1970. */
function microsOf(text: string): bigint {
  const milliseconds = Date.parse(`${text.slice(0, 19)}Z`);
  const micros = Number(text.slice(20, 26));
  if (!/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}Z$/.test(text) || Number.isNaN(milliseconds)) {
    throw new Error(`${text} is no time.`);
  }
  return BigInt(milliseconds) * 1_000n + BigInt(micros);
}
