import { keyed, startApp, type TestApp } from "../../support/app.js";
import { givenAsset, givenHolder, ofHolder } from "../../support/given.js";

/** All that is one holder's, by which a request could name it. */
export interface Side {
  readonly holderId: string;
  readonly walletId: string;
  readonly transactionId: string;
  readonly holdId: string;
  readonly jobId: string;
  /** By RPC: the idempotency key of a call that the holder made itself. */
  readonly keys: Readonly<Record<string, string>>;
  /** The holder as a caller. */
  readonly caller: string;
  /** The external reference of a spend. */
  readonly reference: string;
  /** By RPC: what leads to the second page of the holder's own list, or on in its own stream. */
  readonly tokens: Readonly<Record<string, string>>;
  /** What no answer to another holder may contain. */
  readonly secrets: readonly string[];
}

/** The service with two holders that have everything. */
export interface World {
  readonly app: TestApp;
  readonly own: Side;
  readonly other: Side;
}

/** What both hold most of. */
export const asset = "gold";
const assets = [asset, "silver"];

/** Starts the service, with `alice`, whose requests are sent, and `bob`, whose things they are after. */
export async function givenWorld(): Promise<World> {
  const app = await startApp();
  for (const code of assets) await givenAsset(app, code);
  await givenHolder(app, "carol");
  return { app, own: await givenSide(app, "alice", 1_000n), other: await givenSide(app, "bob", 700_000n) };
}

/** A holder with two of everything, so that its lists have a second page. */
async function givenSide(app: TestApp, holderId: string, units: bigint): Promise<Side> {
  const service = app.as("service").wallet;
  const self = app.as("holder", holderId).wallet;
  const wallet = ofHolder(holderId);
  const reference = `reference-of-${holderId}`;
  const keyOf = (rpc: string) => `${rpc}-of-${holderId}`;
  const keys = Object.fromEntries(["UpdateHolder", "Spend", "Transfer"].map((rpc) => [rpc, keyOf(rpc)]));
  const person = { email: `${holderId}@private.test`, displayName: `${holderId} in person` };
  await givenHolder(app, holderId);
  await self.updateHolder({ holderId, ...person }, keyed(keyOf("UpdateHolder")));
  for (const code of assets) await service.topUp({ wallet, amount: { asset: code, units } }, keyed());
  const one = { asset, units: 1n };
  const holds = [1, 2].map(() => service.authorizeHold({ wallet, amount: one }, keyed()));
  const [hold] = await Promise.all(holds);
  const jobs = [1, 2].map(() => service.spend({ wallet, amount: one, job: { kind: "render" } }, keyed()));
  const [job] = await Promise.all(jobs);
  const paid = await self.spend({ amount: one, externalReference: reference }, keyed(keyOf("Spend")));
  await self.transfer({ destination: ofHolder("carol"), amount: one }, keyed(keyOf("Transfer")));
  const walletId = paid.transaction?.sourceWalletId ?? "";
  const transactionId = paid.transaction?.id ?? "";
  const [holdId, jobId] = [hold?.hold?.id ?? "", job?.job?.id ?? ""];
  return {
    ...{ holderId, walletId, transactionId, holdId, jobId, keys, reference },
    caller: `wallet|holder|${holderId}`,
    tokens: await tokensOf(app, holderId),
    secrets: [transactionId, holdId, jobId, ...Object.values(keys), ...Object.values(person)],
  };
}

async function tokensOf(app: TestApp, holderId: string): Promise<Record<string, string>> {
  const { wallet } = app.as("holder", holderId);
  const page = { pageSize: 1 };
  const tokens = {
    ListAssets: (await wallet.listAssets(page)).nextPageToken,
    ListWallets: (await wallet.listWallets(page)).nextPageToken,
    ListHolds: (await wallet.listHolds(page)).nextPageToken,
    ListJobs: (await wallet.listJobs(page)).nextPageToken,
    ListTransactions: (await wallet.listTransactions(page)).nextPageToken,
    ListPostings: (await wallet.listPostings({ ...page, asset })).nextPageToken,
    WatchWallet: await firstResumeToken(wallet.watchWallet({ asset })),
  };
  const missing = Object.entries(tokens).filter(([, token]) => token === "");
  if (missing.length > 0) throw new Error(`${holderId} has no second page in ${missing.join(", ")}`);
  return tokens;
}

async function firstResumeToken(messages: AsyncIterable<{ resumeToken: string }>): Promise<string> {
  for await (const { resumeToken } of messages) return resumeToken;
  return "";
}
