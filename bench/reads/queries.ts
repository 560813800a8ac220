import type { DescMethod, MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Client } from "@connectrpc/connect";
import { TransactionType } from "../../src/gen/wallet/v1/transaction_pb.js";
import { SystemRole } from "../../src/gen/wallet/v1/wallet_pb.js";
import { WalletService } from "../../src/gen/wallet/v1/wallet_service_pb.js";
import { systemWalletId } from "../../src/ledger/wallet.js";
import { frameOf } from "../load/frames.js";
import { asset, holderCount, type LargeLedger } from "./ledger.js";

type WalletClient = Client<typeof WalletService>;

/** One kind of read, which is measured many times. */
export interface ReadKind {
  readonly name: string;
  readonly method: DescMethod;
  /** A request, framed. Whom and when it asks about differs from call to call. */
  frame(): Buffer;
}

const { getBalance, listWallets, listTransactions, listPostings } = WalletService.method;

function kindOf<Method extends DescMethod>(
  name: string,
  method: Method,
  request: () => MessageInitShape<Method["input"]>,
): ReadKind {
  return { name, method, frame: () => frameOf(method.input, request()) };
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
    kindOf("GetBalance", getBalance, () => ({ wallet: anyHolder(), asset })),
    kindOf("GetBalance, as_of_time, any holder", getBalance, () => ({
      wallet: anyHolder(),
      asset,
      asOfTime: anyTime(),
    })),
    kindOf("GetBalance, as_of_time, the busiest wallet", getBalance, () => ({
      wallet: busiest,
      asset,
      asOfTime: anyTime(),
    })),
    kindOf("ListWallets, system wallets", listWallets, () => ({ asset, systemRole: SystemRole.TREASURY })),
    kindOf("ListTransactions, any holder", listTransactions, () => ({
      wallet: anyHolder(),
      asset,
      pageSize,
    })),
    kindOf("ListPostings, any holder", listPostings, () => ({ wallet: anyHolder(), asset, pageSize })),
  ];
  for (const [name, query] of Object.entries(lists)) {
    const token = await deepToken((pageToken) => client.listTransactions({ ...query, pageSize, pageToken }));
    kinds.push(
      ...firstAndDeep(name, listTransactions, token, (pageToken) => ({ ...query, pageSize, pageToken })),
    );
  }
  const postings = (pageToken: string) => ({ wallet: busiest, asset, pageSize, pageToken });
  const token = await deepToken((pageToken) => client.listPostings(postings(pageToken)));
  return [...kinds, ...firstAndDeep("ListPostings, the busiest wallet", listPostings, token, postings)];
}

/** The token of a page far from the first. */
async function deepToken(list: (pageToken: string) => Promise<{ nextPageToken: string }>): Promise<string> {
  let token = "";
  for (let page = 0; page < deepPages; page++) token = (await list(token)).nextPageToken;
  return token;
}

function firstAndDeep<Method extends DescMethod>(
  name: string,
  method: Method,
  token: string,
  request: (pageToken: string) => MessageInitShape<Method["input"]>,
): ReadKind[] {
  return [
    kindOf(`${name}, first page`, method, () => request("")),
    kindOf(`${name}, page ${deepPages + 1}`, method, () => request(token)),
  ];
}
