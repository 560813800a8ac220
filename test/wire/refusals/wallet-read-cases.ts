import type { TestClients } from "../../support/app.js";
import { ofWallet } from "../../support/given.js";
import { misnamed, type Named, ownWallet } from "./named-wallet.js";
import type { RefusalCase } from "./refusal-case.js";

/** A read of one wallet. */
interface Read {
  readonly call: (by: TestClients, named: Named) => Promise<unknown>;
  /** The metadata, as this RPC gives it. */
  readonly metadata?: (metadata: Record<string, string>) => Record<string, string>;
}

/** The RPCs that read the wallet that a request names. */
const reads: Record<string, Read> = {
  GetWallet: { call: (by, named) => by.wallet.getWallet(named) },
  GetBalance: { call: (by, named) => by.wallet.getBalance(named) },
  BatchGetBalances: {
    call: (by, named) => by.wallet.batchGetBalances({ queries: [named] }),
    metadata: ({ fields, ...rest }) =>
      fields === undefined
        ? { ...rest, query: "0" }
        : { fields: fields.replace(/\w+(\.\w+)?/g, "queries[0].$&") },
  },
  ListPostings: { call: (by, named) => by.wallet.listPostings(named) },
  ListTransactions: { call: (by, named) => by.wallet.listTransactions(named) },
  GetStatement: { call: (by, named) => by.wallet.getStatement(named) },
  ExportStatement: { call: (by, named) => firstOf(by.wallet.exportStatement(named)) },
  WatchWallet: { call: (by, named) => firstOf(by.wallet.watchWallet(named)) },
};

/** What refuses every read of a wallet alike, and GetBalance for itself. */
export const walletReadCases: readonly RefusalCase[] = [
  ...Object.entries(reads).flatMap(([rpc, { call, metadata: given = unchanged }]) => [
    {
      rpc,
      reason: "INVALID_FIELD" as const,
      when: "of a wallet whose id is none, in an asset that cannot be",
      arrange: () => ({
        call: (by: TestClients) => call(by, { wallet: ofWallet("wallet-7"), asset: "No Slug" }),
        metadata: given({ fields: "asset, wallet.wallet_id" }),
      }),
    },
    ...misnamed.map(
      ({ reason, when, name }): RefusalCase => ({
        rpc,
        reason,
        when,
        arrange: async (place) => {
          const { metadata, ...named } = await name(place);
          return { call: (by) => call(by, named), metadata: given(metadata) };
        },
      }),
    ),
    notYours(rpc, call),
  ]),
  {
    rpc: "GetBalance",
    reason: "VERSION_MISMATCH",
    when: "at a version that the wallet has not reached",
    arrange: (place) => ({
      call: (by) => by.wallet.getBalance({ ...ownWallet(place), minVersion: 7n }),
      metadata: { wallet_id: place.walletId, expected_version: "7", current_version: "1" },
    }),
  },
];

/** A holder may not even learn whether another one's wallet is there. */
function notYours(rpc: string, call: Read["call"]): RefusalCase {
  return {
    rpc,
    reason: "NOT_YOUR_WALLET",
    when: "by another holder",
    arrange: (place) => ({
      by: place.app.as("holder", place.stranger),
      call: (by) => call(by, ownWallet(place)),
      metadata: {},
    }),
  };
}

/** The first message of a stream, which ends there; what refuses the call comes instead of it. */
async function firstOf<Message>(messages: AsyncIterable<Message>): Promise<Message | undefined> {
  for await (const message of messages) return message;
  return undefined;
}

function unchanged(metadata: Record<string, string>): Record<string, string> {
  return metadata;
}
