import { systemWalletId } from "../../../src/ledger/wallet.js";
import type { Damage } from "./damage.js";

const seq = 5n;
const postingOf = (wallet: string) => `wallet_id = '${wallet}' and posting_seq = ${seq}`;
const treasury = systemWalletId("gold", "TREASURY");
const silverExchange = systemWalletId("silver", "FX");

/** Damage to postings and wallets. */
export const walletDamages: readonly Damage[] = [
  {
    of: "the amount of a posting",
    sql: ({ alice }) => `update postings set amount = amount - 1 where ${postingOf(alice)}`,
    found: ({ alice }) => [
      { rule: "HASH_CHAIN", walletId: alice, postingSeq: seq },
      { rule: "WALLET_BALANCE", walletId: alice, postingSeq: seq },
      { rule: "TRANSACTION_BALANCED", asset: "gold" },
    ],
  },
  ...["balance_after", "held_after", "available_after", "version"].map(
    (column): Damage => ({
      of: `the ${column} of a posting`,
      sql: ({ alice }) => `update postings set ${column} = ${column} + 1 where ${postingOf(alice)}`,
      found: ({ alice }) => [
        { rule: "HASH_CHAIN", walletId: alice, postingSeq: seq },
        ...(column === "balance_after"
          ? [{ rule: "WALLET_BALANCE" as const, walletId: alice, postingSeq: seq }]
          : []),
      ],
    }),
  ),
  {
    of: "the hash of a posting",
    sql: ({ alice }) => `update postings set hash = sha256(hash) where ${postingOf(alice)}`,
    found: ({ alice }) => [{ rule: "HASH_CHAIN", walletId: alice, postingSeq: seq }],
  },
  {
    of: "the version of a posting to one that is not later",
    sql: ({ alice }) => `update postings set version = 1 where ${postingOf(alice)}`,
    found: ({ alice }) => [
      { rule: "HASH_CHAIN", walletId: alice, postingSeq: seq },
      { rule: "POSTING_SEQUENCE", walletId: alice, postingSeq: seq },
    ],
  },
  {
    of: "the time of a posting",
    sql: ({ alice }) =>
      `update postings set post_time = post_time - interval '1 day' where ${postingOf(alice)}`,
    found: ({ alice }) => [
      { rule: "HASH_CHAIN", walletId: alice, postingSeq: seq },
      { rule: "POST_TIME_ORDER", walletId: alice, postingSeq: seq },
      { rule: "POST_TIME_ORDER", walletId: alice, postingSeq: seq },
    ],
  },
  {
    of: "the time of a posting to one that no integer holds",
    sql: ({ alice }) => `update postings set post_time = 'infinity' where ${postingOf(alice)}`,
    found: ({ alice }) => [
      { rule: "HASH_CHAIN", walletId: alice, postingSeq: seq },
      { rule: "POST_TIME_ORDER", walletId: alice, postingSeq: seq },
    ],
  },
  {
    of: "the amount of a posting to as much as there can be",
    sql: ({ alice }) => `update postings set amount = 9223372036854775807 where ${postingOf(alice)}`,
    found: ({ alice }) => [
      { rule: "HASH_CHAIN", walletId: alice, postingSeq: seq },
      { rule: "WALLET_BALANCE", walletId: alice, postingSeq: seq },
      { rule: "TRANSACTION_BALANCED", asset: "gold" },
    ],
  },
  {
    of: "a posting, which is deleted",
    sql: ({ alice }) => `delete from postings where ${postingOf(alice)}`,
    found: ({ alice }) => [
      { rule: "POSTING_SEQUENCE", walletId: alice, postingSeq: seq },
      { rule: "TRANSACTION_BALANCED", walletId: alice, postingSeq: seq },
      { rule: "TRANSACTION_BALANCED", asset: "gold" },
    ],
  },
  {
    of: "the last posting of a wallet, which is deleted",
    sql: ({ bob }) =>
      `delete from postings p using wallets w where w.id = '${bob}' and p.wallet_id = w.id and p.posting_seq = w.posting_seq`,
    found: ({ bob }) => [
      { rule: "POSTING_SEQUENCE", walletId: bob },
      { rule: "TRANSACTION_BALANCED", walletId: bob },
      { rule: "TRANSACTION_BALANCED", asset: "gold" },
    ],
  },
  {
    of: "a posting, to which another is added beyond the wallet",
    sql: ({ alice }) =>
      `insert into postings select wallet_id, 1000, transaction_id, asset, amount, balance_after, held_after,
         available_after, 1000, post_time, hash from postings where ${postingOf(alice)}`,
    found: ({ alice }) => [{ rule: "POSTING_SEQUENCE", walletId: alice, postingSeq: 1_000n }],
  },
  {
    of: "the transaction of a posting",
    sql: ({ alice, spend }) => `update postings set transaction_id = '${spend}' where ${postingOf(alice)}`,
    found: ({ alice, spend }) => [
      { rule: "HASH_CHAIN", walletId: alice, postingSeq: seq },
      { rule: "TRANSACTION_BALANCED", walletId: alice, postingSeq: seq, transactionId: spend },
      { rule: "POST_TIME_ORDER", walletId: alice, postingSeq: seq, transactionId: spend },
      { rule: "TRANSACTION_BALANCED", walletId: alice, postingSeq: seq },
      { rule: "TRANSACTION_BALANCED", asset: "gold" },
    ],
  },
  {
    of: "the balance of a wallet",
    sql: ({ alice }) => `update wallets set balance = balance + 1 where id = '${alice}'`,
    found: ({ alice }) => [
      { rule: "WALLET_BALANCE", walletId: alice },
      { rule: "ASSET_DEPOSITS", asset: "gold" },
      { rule: "ASSET_SUM", asset: "gold" },
    ],
  },
  {
    of: "the balance of TREASURY",
    sql: () => `update wallets set balance = balance - 1 where id = '${treasury}'`,
    found: () => [
      { rule: "WALLET_BALANCE", walletId: treasury },
      { rule: "ASSET_SUM", asset: "gold" },
    ],
  },
  {
    of: "what a wallet holds",
    sql: ({ alice }) => `update wallets set held = held + 1 where id = '${alice}'`,
    found: ({ alice }) => [{ rule: "HELD_BALANCE", walletId: alice }],
  },
  {
    of: "the amount of a hold",
    sql: ({ hold }) => `update holds set amount = amount + 1 where id = '${hold}'`,
    found: ({ alice }) => [{ rule: "HELD_BALANCE", walletId: alice }],
  },
  {
    of: "the holders of two wallets",
    sql: ({ alice, bob }) => `update wallets w set holder_id = o.holder_id from wallets o
      where w.id in ('${alice}', '${bob}') and o.id in ('${alice}', '${bob}') and o.id <> w.id`,
    found: ({ alice, bob }) => [alice, bob].sort().map((walletId) => ({ rule: "WALLET_OWNER", walletId })),
  },
  {
    of: "the role of a system wallet",
    sql: () => `update wallets set system_role = 'PROMOTIONS' where id = '${silverExchange}'`,
    found: () => [{ rule: "WALLET_OWNER", walletId: silverExchange }],
  },
  {
    of: "the chain head of a wallet",
    sql: ({ alice }) => `update wallets set chain_head = sha256(chain_head) where id = '${alice}'`,
    found: ({ alice }) => [{ rule: "HASH_CHAIN", walletId: alice }],
  },
  {
    of: "the last post time of a wallet",
    sql: ({ alice }) =>
      `update wallets set last_post_time = last_post_time + interval '1 s' where id = '${alice}'`,
    found: ({ alice }) => [{ rule: "POST_TIME_ORDER", walletId: alice }],
  },
  {
    of: "the version of a wallet to one before its last posting",
    sql: ({ alice }) => `update wallets set version = posting_seq where id = '${alice}'`,
    found: ({ alice }) => [{ rule: "POSTING_SEQUENCE", walletId: alice }],
  },
  {
    of: "the posting sequence of a wallet, with the version",
    sql: ({ alice }) =>
      `update wallets set posting_seq = posting_seq + 1, version = version + 1 where id = '${alice}'`,
    found: ({ alice }) => [{ rule: "POSTING_SEQUENCE", walletId: alice }],
  },
  {
    of: "a wallet without postings, which is given something",
    sql: () => `update wallets set balance = 1 where id = '${systemWalletId("silver", "REVENUE")}'`,
    found: () => [
      { rule: "WALLET_BALANCE", walletId: systemWalletId("silver", "REVENUE") },
      { rule: "ASSET_DEPOSITS", asset: "silver" },
      { rule: "ASSET_SUM", asset: "silver" },
    ],
  },
];
