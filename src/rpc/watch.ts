import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Pool } from "../db/pool.js";
import { listTransactions } from "../db/transaction-list.js";
import { findChangingWallets } from "../db/wallets.js";
import type { Feed } from "../events/feed.js";
import { placeOfVersion } from "../events/place.js";
import type {
  WatchTransactionsRequest,
  WatchTransactionsResponseSchema,
  WatchWalletRequest,
  WatchWalletResponseSchema,
} from "../gen/wallet/v1/watch_pb.js";
import type { Wallet } from "../ledger/wallet.js";
import { answerTransaction } from "./answer-transaction.js";
import { Check } from "./decode/check.js";
import { noteForeignToken, resumeTokens } from "./decode/resume-token.js";
import {
  assertThere,
  decodeTransactionWatch,
  letsThrough,
  type TransactionFilter,
} from "./decode/transaction-watch.js";
import { assertOwnNamed, decodeWalletRef } from "./decode/wallet-ref.js";
import { encodeTime } from "./encode/money.js";
import { encodeTransaction } from "./encode/transaction.js";
import { encodeWallet } from "./encode/wallet.js";
import { encodeHeartbeat, encodeWalletEvent } from "./encode/watch.js";
import { assertReadable } from "./find-wallet.js";
import type { Call } from "./pipeline/call.js";
import type { Handlers } from "./pipeline/handlers.js";
import { resumable } from "./resumable.js";
import { walletsOfHolder } from "./transactions.js";

type WatchHandlers = Required<Pick<Handlers["wallet"], "watchWallet" | "watchTransactions">>;
type WalletMessage = MessageInitShape<typeof WatchWalletResponseSchema> & { resumeToken: string };
type TransactionMessage = MessageInitShape<typeof WatchTransactionsResponseSchema> & { resumeToken: string };

/** How many of the latest transactions a stream begins with. */
const latestMax = 50;

/** The RPCs that tell what happens, as it happens. */
export function watchHandlers(reader: Pool, feed: Feed): WatchHandlers {
  return {
    watchWallet: (request, call) => resumable(request, walletMessages(reader, feed, request, call)),
    watchTransactions: (request, call) =>
      resumable(request, transactionMessages(reader, feed, request, call)),
  };
}

async function* walletMessages(
  reader: Pool,
  feed: Feed,
  request: WatchWalletRequest,
  call: Call,
): AsyncGenerator<WalletMessage> {
  const { caller, signal } = call;
  const { asset } = request;
  const check = new Check();
  const named = { ref: request.wallet, field: "wallet", asset, assetField: "asset" };
  const address = decodeWalletRef(check, caller, named);
  const tokens = resumeTokens(["wallet", address.walletId]);
  const resumed = tokens.placeOf(check, request.resumeToken);
  check.done();
  call.concerns({ wallets: [address] });
  assertOwnNamed(caller, address);
  const [found] = await findChangingWallets(reader, [address.walletId]);
  const wallet = await assertReadable(reader, caller, { address, asset, wallet: found });
  if (resumed !== null) assertHad(wallet, resumed.position);
  const from = resumed ?? placeOfVersion(wallet.version);
  if (resumed === null) {
    yield { event: { case: "snapshot", value: encodeWallet(wallet) }, resumeToken: tokens.tokenOf(from) };
  }
  for await (const { event, place } of feed.watchWallet(wallet.id, from.position, signal)) {
    const said = event === null ? encodeHeartbeat() : encodeWalletEvent(caller, event);
    yield { event: said, resumeToken: tokens.tokenOf(place) };
  }
}

/** @throws INVALID_FIELD when the token names a version that the wallet has yet to reach. */
function assertHad(wallet: Wallet, version: bigint): void {
  const check = new Check();
  if (version > wallet.version) noteForeignToken(check);
  check.done();
}

async function* transactionMessages(
  reader: Pool,
  feed: Feed,
  request: WatchTransactionsRequest,
  call: Call,
): AsyncGenerator<TransactionMessage> {
  const { caller, signal } = call;
  const { filter, tokens, from: resumed } = decodeTransactionWatch(request, caller);
  const { holderId, wallet } = filter;
  call.concerns({
    ...(holderId !== null && { holderIds: [holderId] }),
    ...(wallet !== null && { wallets: [wallet] }),
  });
  await assertThere(reader, filter);
  let from = resumed;
  if (from === null) {
    const { place, time } = await feed.beginTransactions(signal);
    const latest = await listLatest(reader, filter, place.position);
    const transactions = latest.map((found) => answerTransaction(caller, found));
    const snapshot = { transactions, snapshotTime: encodeTime(time) };
    yield { event: { case: "snapshot", value: snapshot }, resumeToken: tokens.tokenOf(place) };
    from = place;
  }
  const wants = ({ record }: { record: Parameters<typeof letsThrough>[1] }) => letsThrough(filter, record);
  for await (const { event, place } of feed.watchTransactions(from, wants, signal)) {
    const said =
      event === null
        ? encodeHeartbeat()
        : ({
            case: "transaction",
            value: encodeTransaction(caller, event.record.transaction, event.record.postings),
          } as const);
    yield { event: said, resumeToken: tokens.tokenOf(place) };
  }
}

/** The newest transactions below a position that the filter lets through, oldest first. */
async function listLatest(reader: Pool, filter: TransactionFilter, below: bigint) {
  const { wallet, asset, holderId, types, state } = filter;
  const ofHolder = holderId === null ? null : await walletsOfHolder(reader, holderId, asset ?? "");
  // A wallet that was derived from the asset has nothing else. To check it again costs more than the page.
  const isOfAsset = wallet === null ? ofHolder !== null : wallet.holderId !== null;
  const found = await listTransactions(reader, {
    walletIds: wallet === null ? ofHolder : [wallet.walletId],
    touching: wallet === null ? null : ofHolder,
    asset: isOfAsset ? null : asset,
    types,
    state,
    start: null,
    end: null,
    externalReference: null,
    metadata: null,
    batchId: null,
    jobId: null,
    below,
    afterId: null,
    limit: latestMax,
  });
  return found.toReversed();
}
