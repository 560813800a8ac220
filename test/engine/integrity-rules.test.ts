import { expect } from "chai";
import type { IntegrityFinding } from "../../src/ledger/integrity.js";
import { systemWalletId } from "../../src/ledger/wallet.js";
import { type BusyLedger, makeBusyLedger } from "../support/busy-ledger.js";
import { checkLedger } from "../support/integrity.js";
import { expectOracles } from "../support/oracles.js";
import { copyOf, onServer, tamper } from "../support/postgres.js";

/** What a finding is about. */
type Located = Partial<
  Pick<IntegrityFinding, "rule" | "asset" | "walletId" | "postingSeq" | "transactionId">
>;

/** One way to damage a ledger, and everything that a check finds then. */
interface Damage {
  readonly of: string;
  readonly sql: (ledger: BusyLedger) => string;
  readonly found: (ledger: BusyLedger) => Located[];
}

const seq = 5n;
const postingOf = (wallet: string) => `wallet_id = '${wallet}' and posting_seq = ${seq}`;
const treasury = systemWalletId("gold", "TREASURY");

const damages: readonly Damage[] = [
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
      { rule: "ASSET_SUM", asset: "gold" },
      { rule: "ASSET_DEPOSITS", asset: "gold" },
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
      { rule: "ASSET_SUM", asset: "silver" },
      { rule: "ASSET_DEPOSITS", asset: "silver" },
    ],
  },
  {
    of: "the amount of a top-up",
    sql: ({ bob }) =>
      `update transactions set amount = amount + 1 where type = 'TOP_UP' and destination_wallet_id = '${bob}'`,
    found: () => [
      { rule: "TRANSACTION_BALANCED", asset: "gold" },
      { rule: "ASSET_DEPOSITS", asset: "gold" },
    ],
  },
  {
    of: "the type of a withdrawal",
    sql: () => "update transactions set type = 'TRANSFER' where type = 'WITHDRAWAL' and amount = 50",
    found: () => [{ rule: "ASSET_DEPOSITS", asset: "gold" }],
  },
  {
    of: "the source of a transaction",
    sql: ({ spend, bob }) => `update transactions set source_wallet_id = '${bob}' where id = '${spend}'`,
    found: ({ spend, bob }) => [{ rule: "TRANSACTION_BALANCED", transactionId: spend, walletId: bob }],
  },
  {
    of: "the time of a transaction",
    sql: ({ spend }) =>
      `update transactions set post_time = post_time - interval '1 s' where id = '${spend}'`,
    found: ({ spend }) => [
      { rule: "POST_TIME_ORDER", transactionId: spend },
      { rule: "POST_TIME_ORDER", transactionId: spend },
    ],
  },
  {
    of: "a transaction, which is deleted",
    sql: ({ reversed }) => `delete from transactions where id = '${reversed}'`,
    found: ({ reversed, alice, bob }) => [
      { rule: "TRANSACTION_BALANCED", transactionId: reversed, walletId: alice },
      { rule: "TRANSACTION_BALANCED", transactionId: reversed, walletId: bob },
      { rule: "REFUND_TOTAL" },
      { rule: "REFUND_TOTAL", transactionId: reversed },
      { rule: "KEY_OUTCOME", transactionId: reversed },
    ],
  },
  {
    of: "the postings that a transaction names",
    sql: ({ spend }) => `update transactions set posting_seqs = '{}' where id = '${spend}'`,
    found: ({ spend }) => [
      { rule: "TRANSACTION_BALANCED", transactionId: spend },
      { rule: "TRANSACTION_BALANCED", transactionId: spend },
      { rule: "TRANSACTION_BALANCED", transactionId: spend },
      { rule: "TRANSACTION_BALANCED", transactionId: spend },
    ],
  },
  {
    of: "the total of refunds",
    sql: ({ spend }) => `update refund_totals set refunded = 5 where transaction_id = '${spend}'`,
    found: ({ spend }) => [{ rule: "REFUND_TOTAL", transactionId: spend }],
  },
  {
    of: "the amount that can be refunded",
    sql: ({ spend }) => `update refund_totals set amount = 300 where transaction_id = '${spend}'`,
    found: ({ spend }) => [{ rule: "REFUND_TOTAL", transactionId: spend }],
  },
  {
    of: "the total of refunds, which is deleted",
    sql: ({ spend }) => `delete from refund_totals where transaction_id = '${spend}'`,
    found: ({ refund }) => [{ rule: "REFUND_TOTAL", transactionId: refund }],
  },
  {
    of: "what undid a transaction",
    sql: ({ reversed }) => `update refund_totals set reversed_by = null where transaction_id = '${reversed}'`,
    found: ({ reversed }) => [{ rule: "REFUND_TOTAL" }, { rule: "REFUND_TOTAL", transactionId: reversed }],
  },
  {
    of: "the original of a refund",
    sql: ({ refund, reversed }) =>
      `update transactions set original_transaction_id = '${reversed}' where id = '${refund}'`,
    found: ({ refund, reversed, spend }) => [
      { rule: "REFUND_TOTAL", transactionId: refund },
      { rule: "REFUND_TOTAL", transactionId: spend },
      { rule: "REFUND_TOTAL", transactionId: reversed },
      { rule: "REFUND_TOTAL", transactionId: reversed },
    ],
  },
  {
    of: "what a key points at",
    sql: ({ spend }) =>
      `update idempotency_keys set operation_id = '0197a000-0000-7000-8000-000000000000' where operation_id = '${spend}'`,
    found: () => [{ rule: "KEY_OUTCOME", transactionId: "0197a000-0000-7000-8000-000000000000" }],
  },
  {
    of: "what a key keeps of what was done",
    sql: ({ spend }) =>
      `update idempotency_keys set outcome = '{"refused": {"reason": "ASSET_FROZEN"}}' where operation_id = '${spend}'`,
    found: ({ spend }) => [{ rule: "KEY_OUTCOME", transactionId: spend }],
  },
  {
    of: "whose a key is",
    sql: ({ spend }) =>
      `update idempotency_keys set caller = 'wallet|admin|eve' where operation_id = '${spend}'`,
    found: ({ spend }) => [{ rule: "KEY_OUTCOME", transactionId: spend }],
  },
  {
    of: "an operation, which is deleted",
    sql: () => "delete from operations",
    found: () => [{ rule: "KEY_OUTCOME" }],
  },
  {
    of: "what became of an operation",
    sql: () => "update operations set outcome = null, complete_time = null",
    found: () => [{ rule: "KEY_OUTCOME" }],
  },
];

describe("an integrity check, of a ledger that was damaged in", () => {
  let ledger: BusyLedger;

  before(async () => {
    ledger = await makeBusyLedger();
  });
  after(() => expectOracles(ledger.database.url));

  for (const { of, sql, found } of damages) {
    it(`${of}: finds that, and nothing else`, async () => {
      const copy = await copyOf(ledger.database);
      await tamper(copy, sql(ledger));
      const { findings, verdict } = await checkLedger(copy.url);
      const wanted = found(ledger);
      const located = findings.map((finding, index) => {
        const keys = Object.keys(wanted[index] ?? { rule: "" }) as (keyof Located)[];
        return Object.fromEntries(keys.map((key) => [key, finding[key]]));
      });
      expect(located, findings.map(({ message }) => message).join("\n")).to.deep.equal(wanted);
      expect(verdict.findingCount).to.equal(BigInt(wanted.length));
      for (const { message } of findings) expect(message).to.match(/^[A-Z].*\.$/);
      await onServer(ledger.database.superuserUrl, `drop database ${new URL(copy.url).pathname.slice(1)}`);
    });
  }
});
