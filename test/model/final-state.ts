import { WalletService } from "../../src/gen/wallet/v1/wallet_service_pb.js";
import { differences } from "./differences.js";
import { expectedHold, expectedTransaction } from "./expectations.js";
import { holdFacts, jobFacts, transactionFacts, walletFacts } from "./facts.js";
import type { ModelWallet } from "./ledger.js";
import { read } from "./remote.js";
import { walletFacts as expectedWallet } from "./statuses.js";
import type { Sequence } from "./step.js";

const { method } = WalletService;
const now = { dry: false, again: false };

/** Where the lists of the service differ from the model: wallets, transactions, postings, holds and jobs. */
export async function compareFinalState(
  sequence: Sequence,
  { withHolds, withJobs }: { withHolds: boolean; withJobs: boolean },
): Promise<string[]> {
  const found = [...(await compareWallets(sequence)), ...(await compareTransactions(sequence))];
  for (const wallet of sequence.ledger.wallets.values()) {
    if (wallet.postings.length > 0) found.push(...(await comparePostings(sequence, wallet)));
  }
  if (withHolds) found.push(...(await compareHolds(sequence)));
  if (withJobs) found.push(...(await compareJobs(sequence)));
  return found;
}

async function compareWallets(sequence: Sequence): Promise<string[]> {
  const { names, ledger } = sequence;
  const wallets = await listByAsset(sequence, async (asset, pageToken) => {
    const page = await read(sequence.remote, method.listWallets, { asset, pageToken, pageSize: 500 });
    return { elements: page.wallets, nextPageToken: page.nextPageToken };
  });
  const expected = [...ledger.wallets.values()].map(
    (wallet) => [wallet.name, expectedWallet(ledger, wallet).wallet] as const,
  );
  const actual = wallets.map((wallet) => [names.short(wallet.id), walletFacts(names, wallet)] as const);
  return differences(Object.fromEntries(expected), Object.fromEntries(actual), "wallets");
}

async function compareTransactions(sequence: Sequence): Promise<string[]> {
  const { names, ledger } = sequence;
  const listed = await listByAsset(sequence, async (asset, pageToken) => {
    const page = await read(sequence.remote, method.listTransactions, { asset, pageToken, pageSize: 500 });
    return { elements: page.transactions, nextPageToken: page.nextPageToken };
  });
  const posted = (state: string) => state === "POSTED";
  const expected = [...ledger.transactions.values()].filter(({ state }) => posted(state));
  const actual = listed.map((one) => transactionFacts(names, one));
  // A refusal in no asset at all is in none of the lists; the others were looked up by their keys.
  const strangers = actual.filter(({ id }) => !ledger.transactions.has(id));
  return [
    ...strangers.map(({ id, type, state }) => `transactions: nobody made ${id}, a ${type} that is ${state}`),
    ...differences(
      Object.fromEntries(expected.map((one) => [one.id, expectedTransaction(one, now)])),
      Object.fromEntries(actual.filter(({ state }) => posted(state)).map((one) => [one.id, one])),
      "transactions",
    ),
  ];
}

async function comparePostings(sequence: Sequence, { name, postings }: ModelWallet): Promise<string[]> {
  const { names, remote } = sequence;
  const wallet = names.ref({ wallet: name });
  const listed = await allPages(async (pageToken) => {
    const page = await read(remote, method.listPostings, { wallet, pageToken, pageSize: 500 });
    return { elements: page.postings, nextPageToken: page.nextPageToken };
  });
  const actual = listed.toReversed().map(({ transactionId, amount, balanceAfter, postingSeq }) => ({
    transaction: names.short(transactionId),
    amount: amount?.units,
    after: balanceAfter?.units,
    seq: postingSeq,
  }));
  const expected = postings.map((posting, index) => ({ ...posting, seq: BigInt(index + 1) }));
  return differences(expected, actual, `postings of ${name}`);
}

async function compareHolds(sequence: Sequence): Promise<string[]> {
  const { names, ledger } = sequence;
  const holds = await listByAsset(sequence, async (asset, pageToken) => {
    const page = await read(sequence.remote, method.listHolds, { asset, pageToken, pageSize: 500 });
    return { elements: page.holds, nextPageToken: page.nextPageToken };
  });
  const expected = [...ledger.holds.values()].map((hold) => [hold.id, expectedHold(ledger, hold)] as const);
  const actual = holds.map((hold) => [names.short(hold.id), holdFacts(names, hold)] as const);
  return differences(Object.fromEntries(expected), Object.fromEntries(actual), "holds");
}

async function compareJobs({ remote, names, ledger }: Sequence): Promise<string[]> {
  const actual = [];
  for (const id of ledger.jobs.keys()) {
    const { job } = await read(remote, method.getJob, { jobId: names.id(id) });
    actual.push([id, job === undefined ? undefined : jobFacts(names, job)] as const);
  }
  return differences(Object.fromEntries(ledger.jobs), Object.fromEntries(actual), "jobs");
}

interface Page<Element> {
  readonly elements: readonly Element[];
  readonly nextPageToken: string;
}

/** All elements of a list in the assets of the sequence; one that is in several assets comes once. */
async function listByAsset<Element extends { readonly id: string }>(
  { names, ledger }: Sequence,
  page: (asset: string, pageToken: string) => Promise<Page<Element>>,
): Promise<Element[]> {
  const all = new Map<string, Element>();
  for (const code of ledger.assets.keys()) {
    const elements = await allPages((pageToken) => page(names.asset(code), pageToken));
    for (const element of elements) all.set(element.id, element);
  }
  return [...all.values()];
}

async function allPages<Element>(page: (pageToken: string) => Promise<Page<Element>>): Promise<Element[]> {
  const all: Element[] = [];
  let pageToken = "";
  do {
    const { elements, nextPageToken } = await page(pageToken);
    all.push(...elements);
    pageToken = nextPageToken;
  } while (pageToken !== "");
  return all;
}
