import type { ItemOutcome } from "../engine/bulk.js";
import type { Engine } from "../engine/engine.js";
import type { Poster } from "../engine/poster.js";
import type { Command } from "../ledger/command.js";
import { WalletError } from "../ledger/wallet-error.js";
import { type BulkItem, walletsOf } from "./bulk-item.js";
import { type DecodedBatch, decodeBatch } from "./bulk-request.js";
import { encodeBatch, fillTransactions } from "./encode/bulk.js";
import type { RateLimits } from "./limits/rate-limits.js";
import type { Call } from "./pipeline/call.js";
import type { Handlers } from "./pipeline/handlers.js";

type BatchEngine = Pick<Engine, "poster" | "acts" | "database">;

/** What was decided for the items of a batch, in order. */
interface Decided {
  readonly batchId: string;
  readonly outcomes: readonly ItemOutcome[];
}

/** The RPC that makes many movements of one request. Each counts against the limit of its caller. */
export function executeBatchHandler(
  engine: BatchEngine,
  rates: RateLimits,
): NonNullable<Handlers["wallet"]["executeBatch"]> {
  return async (request, call) => {
    // The call itself has counted for one.
    const more = request.items.length - 1;
    if (more > 0) await rates.take(call.caller, "movements", more);
    const batch = await decodeBatch(request, call, engine.database.reader);
    if (batch.validateOnly) call.concerns({ wallets: batch.items.flatMap(walletsOf) });
    const { batchId, outcomes } =
      batch.atomic || batch.validateOnly
        ? await decideTogether(engine.poster, batch, call)
        : await decideApart(engine, batch, call);
    outcomes.forEach((outcome, index) => {
      if (outcome.kind === "refused") auditRefused(call, outcome.error, batch.items[index]);
    });
    const response = encodeBatch(batch.validateOnly ? "" : batchId, outcomes);
    if (batch.full) await fillTransactions(engine.database.reader, call.caller, response, outcomes);
    return response;
  };
}

/** Puts on record that a movement was refused, unless the ledger has. */
export function auditRefused(call: Call, error: WalletError, item: BulkItem | undefined): void {
  call.refusedItem(error, { wallets: item === undefined ? [] : walletsOf(item) });
}

/**
 * Decides one movement by itself. What the ledger refuses is an outcome here.
 *
 * @throws what nobody foresaw: then it is not known what became of it.
 */
export async function decideItem(
  poster: Poster,
  item: BulkItem,
  deadlineMs: number | undefined,
): Promise<ItemOutcome> {
  if (item instanceof WalletError) return { kind: "refused", error: item };
  try {
    const result = await poster.submit(item, deadlineMs);
    const { replayed } = result;
    return { kind: "posted", transactionId: result.transaction?.id ?? "", result, replayed };
  } catch (error) {
    if (error instanceof WalletError) return { kind: "refused", error };
    throw error;
  }
}

/**
 * Each item stands on its own. The call's key is taken first, by an act, so that the batch has the same id however
 * often it is sent; then all items wait for the poster at once, in their order.
 */
async function decideApart({ poster, acts }: BatchEngine, batch: DecodedBatch, call: Call): Promise<Decided> {
  const { claim, items } = batch;
  const id = claim.operationId;
  const { deadlineMs } = call;
  const began = await acts.run({ claim, deadlineMs, resourceId: id, run: async () => ({ id }) });
  const batchId = began.result.id;
  const settled = await Promise.allSettled(
    items.map((item) => decideItem(poster, inBatch(item, batchId), deadlineMs)),
  );
  const outcomes = settled.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
  if (began.replayed && outcomes.every(wasReplayed)) call.setReplayed();
  return { batchId, outcomes };
}

/** All or nothing, or only to see what would happen: items that need not be tried decide without the ledger. */
async function decideTogether(poster: Poster, batch: DecodedBatch, call: Call): Promise<Decided> {
  const { claim, items, atomic, validateOnly } = batch;
  const batchId = claim.operationId;
  const unfit = items.find((item) => item instanceof WalletError);
  if (atomic && unfit !== undefined) return { batchId, outcomes: refusedFor(items, unfit) };
  const inThis = items.map((item) => inBatch(item, validateOnly ? null : batchId));
  const commands = inThis.filter((item): item is Command => !(item instanceof WalletError));
  if (commands.length === 0) return { batchId, outcomes: inPlaces(items, []) };
  const result = await poster.submitBulk({ claim, commands, atomic, validateOnly }, call.deadlineMs);
  if (result.replayed) call.setReplayed();
  return { batchId: result.batchId, outcomes: inPlaces(items, result.items) };
}

function refusedFor(items: readonly BulkItem[], error: WalletError): ItemOutcome[] {
  return items.map((item) =>
    item === error ? { kind: "refused", error } : { kind: "not_applied", reason: error.reason },
  );
}

/** The outcomes of all items: of those that were tried, and between them of those that need not be. */
function inPlaces(items: readonly BulkItem[], tried: readonly ItemOutcome[]): ItemOutcome[] {
  const next = tried[Symbol.iterator]();
  return items.flatMap((item) => {
    if (item instanceof WalletError) return [{ kind: "refused", error: item } as const];
    const { value } = next.next();
    return value === undefined ? [] : [value];
  });
}

function inBatch(item: BulkItem, batchId: string | null): BulkItem {
  return item instanceof WalletError ? item : { ...item, claim: { ...item.claim, batchId } };
}

function wasReplayed(outcome: ItemOutcome): boolean {
  if (outcome.kind === "posted") return outcome.replayed;
  return outcome.kind === "refused" && outcome.error.replayed;
}
