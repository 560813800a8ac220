import { listAssets } from "../db/assets.js";
import type { Pool } from "../db/pool.js";
import { lastPostingAt, listPostings } from "../db/postings.js";
import { listTransactions } from "../db/transaction-list.js";
import { type CurrentTransaction, findCurrentTransaction } from "../db/transactions.js";
import { listWallets } from "../db/wallets.js";
import { type ListTransactionsRequest, TransactionState } from "../gen/wallet/v1/transaction_pb.js";
import { addressOfWallet } from "../ledger/movement.js";
import { transactionNotFound } from "../ledger/rules.js";
import type { Posting } from "../ledger/transaction.js";
import { holderWalletId } from "../ledger/wallet.js";
import type { Caller } from "./access/caller.js";
import { answerTransaction } from "./answer-transaction.js";
import { Check } from "./decode/check.js";
import { decodeEnum } from "./decode/enum.js";
import { decodePage, sortKeys } from "./decode/page.js";
import { checkAssetCode, checkHolderId, checkUuid } from "./decode/text.js";
import { decodeTimeRange } from "./decode/time.js";
import { decodeTypes } from "./decode/transaction-types.js";
import { assertOwnHolder, decodeWalletRef, notYourWallet } from "./decode/wallet-ref.js";
import { encodePosting } from "./encode/transaction.js";
import { assertListable, assetOfListed } from "./find-wallet.js";
import { isListedForHolder } from "./listed-under.js";
import type { Call } from "./pipeline/call.js";
import type { Handlers } from "./pipeline/handlers.js";

type TransactionHandlers = Required<
  Pick<Handlers["wallet"], "getTransaction" | "listTransactions" | "listPostings">
>;

/** A holder has a wallet per asset; more than this many are not merged into one list. */
const walletsMax = 500;

/** Each wallet of a list costs a look-up even if it was never opened, so that of more assets only the opened ones are. */
const assetsMax = 16;

/** The RPCs that read transactions and postings. */
export function transactionHandlers(reader: Pool): TransactionHandlers {
  return {
    getTransaction: async ({ transactionId }, call) => {
      const { caller } = call;
      const check = new Check();
      checkUuid(check, "transaction_id", transactionId);
      check.done();
      const resourceId = transactionId.toLowerCase();
      call.concerns({ resourceId });
      const found = await findCurrentTransaction(reader, resourceId);
      if (found !== undefined) call.concerns({ resourceId, wallets: found.walletIds.map(addressOfWallet) });
      // A holder learns no more of a transaction that is not its own than of one that does not exist.
      if (caller.role === "holder" && (found === undefined || !isListedForHolder(found, caller.subject)))
        throw notYourWallet();
      if (found === undefined) throw transactionNotFound(transactionId);
      return { transaction: answerTransaction(caller, found) };
    },
    listTransactions: async (request, call) => {
      const query = decodeListQuery(request, call);
      const { holderId, address } = query;
      call.concerns({
        ...(holderId !== "" && { holderIds: [holderId] }),
        ...(address !== null && { wallets: [address] }),
      });
      const read = await readListed(reader, call.caller, query);
      const { elements, nextPageToken } = query.page.cut(read, ({ transaction }) => [transaction.id]);
      return {
        transactions: elements.map((found) => answerTransaction(call.caller, found)),
        nextPageToken,
      };
    },
    listPostings: async (request, call) => {
      const { wallet: ref, asset } = request;
      const check = new Check();
      const address = decodeWalletRef(check, call.caller, {
        ref,
        field: "wallet",
        asset,
        assetField: "asset",
      });
      const { start, end } = decodeTimeRange(check, request);
      const page = decodePage(
        check,
        request,
        ["postings", address.walletId, asset, start, end],
        [sortKeys.sequence],
      );
      call.concerns({ wallets: [address] });
      await assertListable(reader, call.caller, { address, asset });
      const { walletId } = address;
      const [above, below] = await Promise.all([
        start === null ? 0n : lastPostingAt(reader, walletId, start - 1n),
        belowOf(reader, walletId, { after: page.after?.[0], end }),
      ]);
      const read = await listPostings(reader, { walletId, above, below, limit: page.size + 1 });
      await assetOfListed(reader, call.caller, { address, asset, posting: read[0] });
      const { elements, nextPageToken } = page.cut(read, (posting) => [`${posting.postingSeq}`]);
      return { postings: elements.map(encodePosting), nextPageToken };
    },
  };
}

async function belowOf(
  reader: Pool,
  walletId: string,
  { after, end }: { after: string | undefined; end: bigint | null },
): Promise<bigint | null> {
  if (after !== undefined) return BigInt(after);
  return end === null ? null : (await lastPostingAt(reader, walletId, end - 1n)) + 1n;
}

type ListQuery = ReturnType<typeof decodeListQuery>;

function decodeListQuery(request: ListTransactionsRequest, { caller }: Call) {
  const check = new Check();
  const { asset, externalReference, metadataKey, metadataValue, batchId, jobId } = request;
  const holderId = request.holderId === "" && caller.role === "holder" ? caller.subject : request.holderId;
  if (holderId !== "") checkHolderId(check, "holder_id", holderId);
  const named = { ref: request.wallet, field: "wallet", asset, assetField: "asset" };
  const address = request.wallet === undefined ? null : decodeWalletRef(check, caller, named);
  if (address === null && asset !== "") checkAssetCode(check, "asset", asset);
  const types = decodeTypes(check, request.types);
  const state = decodeEnum(check, "state", TransactionState, request.state);
  check.that(metadataKey !== "" || metadataValue === "", "metadata_key", "is required with metadata_value");
  if (batchId !== "") checkUuid(check, "batch_id", batchId);
  if (jobId !== "") checkUuid(check, "job_id", jobId);
  const filter = {
    asset: orNull(asset),
    types,
    state,
    ...decodeTimeRange(check, request),
    externalReference: orNull(externalReference),
    batchId: orNull(batchId.toLowerCase()),
    jobId: orNull(jobId.toLowerCase()),
    metadata: metadataKey === "" ? null : { key: metadataKey, value: orNull(metadataValue) },
  };
  const wallet = request.wallet?.ref.value ?? "";
  const page = decodePage(
    check,
    request,
    ["transactions", caller.id, wallet, holderId, filter],
    [sortKeys.uuid],
  );
  return { filter, holderId, address, page };
}

async function readListed(reader: Pool, caller: Caller, query: ListQuery): Promise<CurrentTransaction[]> {
  const { filter, holderId, address } = query;
  const asset = filter.asset ?? "";
  assertOwnHolder(caller, holderId);
  if (address === null)
    return readPageOf(reader, query, holderId === "" ? null : await walletsOfHolder(reader, holderId, asset));
  await assertListable(reader, caller, { address, asset });
  const { walletId } = address;
  const found = await readPageOf(reader, query, [walletId]);
  const posting = postingTo(walletId, found);
  const ownAsset = await assetOfListed(reader, caller, { address, asset, posting });
  return holderId === "" || walletId === holderWalletId(ownAsset, holderId) ? found : [];
}

function postingTo(walletId: string, found: readonly CurrentTransaction[]): Posting | undefined {
  for (const { postings } of found) {
    const posting = postings.find((one) => one.walletId === walletId);
    if (posting !== undefined) return posting;
  }
  return undefined;
}

/** @param walletIds the wallets to list the transactions of; null for all there are. */
function readPageOf(
  reader: Pool,
  { filter, page }: ListQuery,
  walletIds: readonly string[] | null,
): Promise<CurrentTransaction[]> {
  return listTransactions(reader, {
    ...filter,
    // What touches a wallet is of its asset, and these are of the one asked for. To check it again costs more than the page.
    asset: walletIds === null ? filter.asset : null,
    walletIds,
    touching: null,
    below: null,
    afterId: page.after?.[0] ?? null,
    limit: page.size + 1,
  });
}

/**
 * The ids of a holder's wallets, of one asset when it is not empty. They are derived, because what was refused before a
 * wallet was opened is listed under it, too; where there are more than 16 assets, only a list of one asset has that.
 */
export async function walletsOfHolder(reader: Pool, holderId: string, asset: string): Promise<string[]> {
  if (asset !== "") return [holderWalletId(asset, holderId)];
  const first = { status: null, after: null } as const;
  const assets = await listAssets(reader, { ...first, limit: assetsMax + 1 });
  if (assets.length <= assetsMax) return assets.map(({ code }) => holderWalletId(code, holderId));
  const opened = { ...first, holderId, asset: null, systemRole: null, limit: walletsMax };
  return (await listWallets(reader, opened)).map((wallet) => wallet.id);
}

function orNull(text: string): string | null {
  return text === "" ? null : text;
}
