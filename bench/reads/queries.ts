import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Client } from "@connectrpc/connect";
import { TransactionType } from "../../src/gen/wallet/v1/transaction_pb.js";
import { SystemRole } from "../../src/gen/wallet/v1/wallet_pb.js";
import type { WalletService } from "../../src/gen/wallet/v1/wallet_service_pb.js";
import { systemWalletId } from "../../src/ledger/wallet.js";
import { asset, holderCount, type LargeLedger } from "./ledger.js";

type WalletClient = Client<typeof WalletService>;

/** One kind of read, which is measured many times. */
export interface ReadKind {
  readonly name: string;
  /** One call. Whom and when it asks about differs from call to call. */
  call(): Promise<unknown>;
}

const pageSize = 50;
/** How many pages lie before a deep one. */
const deepPages = 200;

/** The reads that are measured, each on a first page and, where there are pages, on a deep one. */
export async function readKinds(client: WalletClient, { startMs, endMs }: LargeLedger): Promise<ReadKind[]> {
  const anyHolder = () => ({
    ref: { case: "holderId" as const, value: `h${Math.floor(Math.random() * holderCount)}` },
  });
  const anyTime = () => timestampFromMs(Math.floor(startMs + Math.random() * (endMs - startMs)));
  const busiest = { ref: { case: "walletId" as const, value: systemWalletId(asset, "TREASURY") } };
  const lists = {
    "ListTransactions, all": {},
    "ListTransactions, one type": { types: [TransactionType.SPEND] },
    "ListTransactions, the busiest wallet": { wallet: busiest, asset },
    "ListTransactions, a day three weeks ago": {
      startTime: timestampFromMs(endMs - 22 * 86_400_000),
      endTime: timestampFromMs(endMs - 21 * 86_400_000),
    },
  };
  const kinds: ReadKind[] = [
    {
      name: "GetBalance",
      call: () => client.getBalance({ wallet: anyHolder(), asset }),
    },
    {
      name: "GetBalance, as_of_time, any holder",
      call: () => client.getBalance({ wallet: anyHolder(), asset, asOfTime: anyTime() }),
    },
    {
      name: "GetBalance, as_of_time, the busiest wallet",
      call: () => client.getBalance({ wallet: busiest, asset, asOfTime: anyTime() }),
    },
    {
      name: "ListWallets, system wallets",
      call: () => client.listWallets({ asset, systemRole: SystemRole.TREASURY }),
    },
    {
      name: "ListTransactions, any holder",
      call: () => client.listTransactions({ wallet: anyHolder(), asset, pageSize }),
    },
    {
      name: "ListPostings, any holder",
      call: () => client.listPostings({ wallet: anyHolder(), asset, pageSize }),
    },
  ];
  for (const [name, query] of Object.entries(lists)) {
    const list = (pageToken: string) => client.listTransactions({ ...query, pageSize, pageToken });
    kinds.push(...(await firstAndDeep(name, list)));
  }
  const postings = (pageToken: string) =>
    client.listPostings({ wallet: busiest, asset, pageSize, pageToken });
  return [...kinds, ...(await firstAndDeep("ListPostings, the busiest wallet", postings))];
}

async function firstAndDeep(
  name: string,
  list: (pageToken: string) => Promise<{ nextPageToken: string }>,
): Promise<ReadKind[]> {
  let token = "";
  for (let page = 0; page < deepPages; page++) token = (await list(token)).nextPageToken;
  return [
    { name: `${name}, first page`, call: () => list("") },
    { name: `${name}, page ${deepPages + 1}`, call: () => list(token) },
  ];
}
