import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { holderWalletId, systemWalletId } from "../../src/ledger/wallet.js";
import { topUp, transfer } from "../support/engine.js";
import { useSuite } from "../support/suite.js";

const alice = holderWalletId("gold", "alice");
const treasury = systemWalletId("gold", "TREASURY");

describe("the database itself", () => {
  const suite = useSuite({ holders: ["alice", "bob"] });

  before(async () => {
    await topUp(suite.engine, "alice", 10n);
    await transfer(suite.engine, { from: "alice", to: "bob" }, 3n);
  });

  /** The constraint that stops this statement, even for the owner. Whatever the statement did is undone. */
  async function refusalOf(sql: string): Promise<string | undefined> {
    const owner = await suite.stranger();
    await owner.query("begin");
    try {
      await owner.query(sql);
      return undefined;
    } catch (error) {
      return (error as { constraint?: string }).constraint;
    } finally {
      await owner.query("rollback");
    }
  }

  const posting = (wallet: string, seq: number, amount: number, transaction: string, asset = "gold") =>
    `('${wallet}', ${seq}, '${transaction}', '${asset}', ${amount}, 0, 0, 0, ${seq}, now(), '\\x${"00".repeat(32)}')`;
  const postings = (...rows: string[]) => `insert into postings values ${rows.join(", ")}`;

  it("refuses postings of a transaction that do not sum to zero", async () => {
    const id = randomUUID();
    expect(await refusalOf(postings(posting(alice, 90, 5, id)))).to.equal("postings_balance_to_zero");
    expect(await refusalOf(postings(posting(alice, 90, 5, id), posting(treasury, 90, -4, id)))).to.equal(
      "postings_balance_to_zero",
    );
    expect(await refusalOf(postings(posting(alice, 90, 5, id), posting(treasury, 90, -5, id)))).to.equal(
      undefined,
    );
  });

  it("refuses postings that sum to zero only across assets or across transactions", async () => {
    const [one, two] = [randomUUID(), randomUUID()];
    expect(
      await refusalOf(postings(posting(alice, 90, 5, one), posting(treasury, 90, -5, one, "silver"))),
    ).to.equal("postings_balance_to_zero");
    expect(await refusalOf(postings(posting(alice, 90, 5, one), posting(treasury, 90, -5, two)))).to.equal(
      "postings_balance_to_zero",
    );
  });

  it("refuses a second posting with the same number in a wallet", async () => {
    const id = randomUUID();
    expect(await refusalOf(postings(posting(alice, 1, 5, id), posting(treasury, 90, -5, id)))).to.match(
      /^postings_\d_pkey$/,
    );
  });

  it("refuses a posting of nothing, and one to a wallet that is not there", async () => {
    expect(await refusalOf(postings(posting(alice, 90, 0, randomUUID())))).to.equal(
      "posting_amount_not_zero",
    );
    const id = randomUUID();
    const nowhere = randomUUID();
    expect(await refusalOf(postings(posting(alice, 90, 5, id), posting(nowhere, 90, -5, id)))).to.equal(
      "postings_wallet_fkey",
    );
  });

  const onAlice: Record<string, string> = {
    "balance = -1": "wallet_balance_above_floor",
    "held = balance + 1": "wallet_balance_above_floor",
    "held = -1": "wallet_held_not_negative",
    "floor_waiver = -1": "wallet_floor_waiver_not_negative",
    "max_balance = min_balance - 1": "wallet_ceiling_not_below_floor",
    "transaction_limit = -1": "wallet_transaction_limit_not_negative",
    "daily_limit = -1": "wallet_daily_limit_not_negative",
    "status = 'LOST'": "wallet_status_known",
    "holder_status = 'LOST'": "wallet_holder_status_known",
    "system_role = 'FX'": "wallet_has_one_owner",
    "posting_seq = version + 1": "wallet_posting_seq_within_version",
    "chain_head = '\\x00'": "wallet_chain_head_is_a_digest",
    "min_balance = -9223372036854775808, balance = -9223372036854775808": "wallet_balance_can_change_sign",
  };
  for (const [change, constraint] of Object.entries(onAlice)) {
    it(`refuses a wallet with ${change}`, async () => {
      expect(await refusalOf(`update wallets set ${change} where id = '${alice}'`)).to.equal(constraint);
    });
  }

  it("refuses a wallet below its floor but not at it, a waiver included", async () => {
    const set = (balance: number) =>
      `update wallets set floor_waiver = 5, balance = ${balance} where id = '${alice}'`;
    expect(await refusalOf(set(-5))).to.equal(undefined);
    expect(await refusalOf(set(-6))).to.equal("wallet_balance_above_floor");
  });

  const onTransactions: Record<string, string> = {
    "amount = 0": "transaction_amount_positive",
    "source_wallet_id = destination_wallet_id": "transaction_wallets_differ",
    "state = 'PENDING', post_time = null": "transaction_state_known",
    "refused_reason = 'WHY_NOT'": "transaction_refused_with_reason",
    "post_time = null": "transaction_posted_with_time",
  };
  for (const [change, constraint] of Object.entries(onTransactions)) {
    it(`refuses a posted transaction with ${change}`, async () => {
      expect(await refusalOf(`update transactions set ${change}`)).to.equal(constraint);
    });
  }

  const refundTotals: Record<string, string | undefined> = {
    "10, 10, null": undefined,
    "10, 11, null": "refund_total_within_original",
    "10, -1, null": "refund_total_within_original",
    "0, 1, null": "refund_total_within_original",
    [`10, 0, '${randomUUID()}'`]: undefined,
    [`10, 1, '${randomUUID()}'`]: "refund_total_refunded_or_reversed",
  };
  it("refuses a refund total past its original, below nothing, or of a reversed transaction", async () => {
    for (const [row, constraint] of Object.entries(refundTotals)) {
      const sql = `insert into refund_totals values ('${randomUUID()}', ${row})`;
      expect(await refusalOf(sql), row).to.equal(constraint);
    }
  });

  it("refuses a pending operation with an outcome, and one without a key", async () => {
    const operation = (key: string, outcome: string) =>
      `insert into operations (id, key, caller, method, fingerprint, request_id, movement, wallet_ids, position, outcome,
         create_time) values ('${randomUUID()}', '${key}', '', '', '', '', '{}', '{}', 1, ${outcome}, now())`;
    expect(await refusalOf(operation("k", "null"))).to.equal(undefined);
    expect(await refusalOf(operation("k", "'{}'"))).to.equal("operation_pending_has_no_outcome");
    expect(await refusalOf(operation("", "null"))).to.equal("operation_key_has_length");
  });

  it("refuses an asset of scale 10 and a code that is no slug", async () => {
    const asset = (code: string, scale: number) =>
      `insert into assets values ('${code}', 'x', ${scale}, 'ACTIVE', now(), now())`;
    expect(await refusalOf(asset("tin", 10))).to.equal("asset_scale_in_range");
    expect(await refusalOf(asset("Tin", 2))).to.equal("asset_code_is_a_slug");
    expect(await refusalOf(asset("tin", 9))).to.equal(undefined);
  });

  it("refuses an asset with a negative limit", async () => {
    const limit = (column: string) => `update assets set ${column} = -1`;
    expect(await refusalOf(limit("transaction_limit"))).to.equal("asset_transaction_limit_not_negative");
    expect(await refusalOf(limit("daily_limit"))).to.equal("asset_daily_limit_not_negative");
  });
});
