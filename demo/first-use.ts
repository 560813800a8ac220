// The first-use check: calls a running service through typed stubs, shows what it does, and checks every figure.
import { randomBytes } from "node:crypto";
import {
  byHolder,
  keyed,
  money,
  type Transaction,
  TransactionType,
  WalletApiError,
  type WalletClient,
} from "../src/client/client.js";
import { equal, present, refusal } from "./check.js";
import { addressOf, connect, DemoError } from "./connection.js";
import { figure, Report } from "./terminal.js";

type Wallet = WalletClient["wallet"];

const asset = "gold_coins";
const gold = (units: bigint) => money(asset, units);

/** The two holders of this run, and the prefix of its idempotency keys. No other run has the same. */
interface Cast {
  readonly run: string;
  readonly ada: string;
  readonly ben: string;
}

const report = new Report(process.stdout, process.env);
try {
  const client = await connect(process.env);
  try {
    await demonstrate(client.wallet);
  } finally {
    client.close();
  }
} catch (error) {
  report.failure(messageOf(error));
  process.exitCode = 1;
}

async function demonstrate(wallet: Wallet): Promise<void> {
  const run = randomBytes(4).toString("hex");
  const cast: Cast = { run, ada: `ada-${run}`, ben: `ben-${run}` };
  report.title(`The wallet service on ${addressOf(process.env)}`);
  await assertSeeded(wallet);
  await createHolders(wallet, cast);
  await earnAndSpend(wallet, cast);
  await transferOnce(wallet, cast);
  await overspend(wallet, cast);
  await showBalances(wallet, cast);
  await showHistory(wallet, cast);
  report.title("Everything is as it should be.");
}

async function assertSeeded(wallet: Wallet): Promise<void> {
  await wallet.getAsset({ code: asset }).catch((error: unknown) => {
    if (!(error instanceof WalletApiError && error.reason === "ASSET_NOT_FOUND")) throw error;
    throw new DemoError(
      `The service has no asset ${asset}: make the demonstration data with \`wallet seed\`.`,
    );
  });
}

async function createHolders(wallet: Wallet, { run, ada, ben }: Cast): Promise<void> {
  for (const holderId of [ada, ben]) {
    const email = `${holderId}@example.com`;
    const { holder } = await wallet.createHolder({ holderId, email }, keyed(`${run}-create-${holderId}`));
    equal("the new holder", holder?.id, holderId);
    report.step("create holder", holderId);
  }
}

async function earnAndSpend(wallet: Wallet, { run, ada }: Cast): Promise<void> {
  const to = byHolder(ada);
  const topUp = await wallet.topUp(
    { wallet: to, amount: gold(1_000n), description: "card payment" },
    keyed(`${run}-top-up`),
  );
  moved("top up", topUp.transaction, TransactionType.TOP_UP);
  report.step("top up", `1,000 ${asset} for ${ada}`, await available(wallet, ada, 1_000n));

  const bonus = await wallet.grantBonus(
    { wallet: to, amount: gold(50n), description: "welcome" },
    keyed(`${run}-bonus`),
  );
  moved("bonus", bonus.transaction, TransactionType.BONUS);
  report.step("bonus", `50 ${asset} for ${ada}`, await available(wallet, ada, 1_050n));

  const spend = await wallet.spend(
    { wallet: to, amount: gold(300n), description: "a sword" },
    keyed(`${run}-spend`),
  );
  moved("spend", spend.transaction, TransactionType.SPEND);
  report.step("spend", `300 ${asset} of ${ada}`, await available(wallet, ada, 750n));
}

async function transferOnce(wallet: Wallet, { run, ada, ben }: Cast): Promise<void> {
  const transfer = async (units: bigint) => {
    const call = keyed(`${run}-transfer`);
    const request = { source: byHolder(ada), destination: byHolder(ben), amount: gold(units) };
    const { transaction } = await wallet.transfer(request, call);
    return { transaction, replayed: call.replayed };
  };
  const first = await transfer(25n);
  const id = moved("transfer", first.transaction, TransactionType.TRANSFER).id;
  equal("the first transfer's idempotency-replayed", first.replayed, false);
  report.step("transfer", `25 ${asset} from ${ada} to ben`, await available(wallet, ada, 725n));

  const again = await transfer(25n);
  equal("the second transfer's idempotency-replayed", again.replayed, true);
  equal("the replayed transaction", again.transaction?.id, id);
  report.step("same key again", "replayed: true, nothing moves twice", await available(wallet, ada, 725n));

  await refusal("IDEMPOTENCY_KEY_REUSED", transfer(26n));
  report.step("another amount", "refused: IDEMPOTENCY_KEY_REUSED", await available(wallet, ada, 725n));
}

async function overspend(wallet: Wallet, { run, ada }: Cast): Promise<void> {
  const { metadata } = await refusal(
    "INSUFFICIENT_FUNDS",
    wallet.spend({ wallet: byHolder(ada), amount: gold(1_000n) }, keyed(`${run}-overspend`)),
  );
  equal("the shortfall", metadata.shortfall_units, "275");
  const left = await available(wallet, ada, 725n);
  report.step("overspend", "refused: INSUFFICIENT_FUNDS, 275 short", left);
}

async function showBalances(wallet: Wallet, { ada, ben }: Cast): Promise<void> {
  const rows = [["holder", "posted", "held", "available", "version"]];
  for (const [holderId, expected] of [[ada, 725n] as const, [ben, 25n] as const]) {
    const answer = await wallet.getBalance({ wallet: byHolder(holderId), asset });
    const balance = present("the balance", answer.balance);
    equal(`what ${holderId} has posted`, balance.posted?.units, expected);
    equal(`what ${holderId} has held`, balance.held?.units, 0n);
    const amounts = [balance.posted, balance.held, balance.available].map((amount) =>
      figure(amount?.units ?? 0n),
    );
    rows.push([holderId, ...amounts, String(balance.version)]);
  }
  report.title("Balances");
  report.table(rows, [1, 2, 3, 4]);
}

async function showHistory(wallet: Wallet, { ada }: Cast): Promise<void> {
  const { postings } = await wallet.listPostings({ wallet: byHolder(ada), asset });
  const amounts = postings.map(({ amount }) => amount?.units);
  equal("the history, newest first", amounts, [-25n, -300n, 50n, 1_000n]);
  const { transactions } = await wallet.listTransactions({ wallet: byHolder(ada), asset });
  const types = new Map(transactions.map(({ id, type }) => [id, TransactionType[type]]));
  const rows = postings.map((posting) => [
    String(posting.postingSeq),
    types.get(posting.transactionId) ?? "",
    figure(posting.amount?.units ?? 0n),
    figure(posting.balanceAfter?.units ?? 0n),
    posting.transactionId,
  ]);
  equal("the balance after the newest posting", postings[0]?.balanceAfter?.units, 725n);
  report.title(`History of ${ada}`);
  report.table([["seq", "type", "amount", "balance", "transaction"], ...rows], [0, 2, 3]);
}

function moved(what: string, transaction: Transaction | undefined, type: TransactionType): Transaction {
  const found = present("the transaction", transaction);
  equal(`the type of the ${what}`, TransactionType[found.type], TransactionType[type]);
  const sum = found.postings.reduce((total, { amount }) => total + (amount?.units ?? 0n), 0n);
  equal(`the sum of the ${what}'s ${found.postings.length} postings`, sum, 0n);
  return found;
}

/** Reads what the holder can spend, which must be as expected, and says so. */
async function available(wallet: Wallet, holderId: string, expected: bigint): Promise<string> {
  const { balance } = await wallet.getBalance({ wallet: byHolder(holderId), asset });
  equal(`what ${holderId} has available`, balance?.available?.units, expected);
  return `ada has ${figure(expected).padStart(5)}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
