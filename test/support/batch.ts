import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type BatchItemResult,
  type BatchItemSchema,
  BatchItemState,
  type BatchMode,
  type BatchView,
  type ExecuteBatchResponse,
} from "../../src/gen/wallet/v1/bulk_pb.js";
import { keyed, type TestClients } from "./app.js";
import { ofHolder } from "./given.js";

export type Item = MessageInitShape<typeof BatchItemSchema>;

let keys = 0;

/** An item that moves gold from one holder to another. */
export function transfer(from: string, to: string, units: bigint, key = `item-${++keys}`): Item {
  const value = { source: ofHolder(from), destination: ofHolder(to), amount: { asset: "gold", units } };
  return { idempotencyKey: key, movement: { kind: { case: "transfer", value } } };
}

/** An item that tops gold up. */
export function topUp(to: string, units: bigint, more: object = {}, key = `item-${++keys}`): Item {
  const value = { wallet: ofHolder(to), amount: { asset: "gold", units }, ...more };
  return { idempotencyKey: key, movement: { kind: { case: "topUp", value } } };
}

export const states = ({ results }: { results: BatchItemResult[] }) =>
  results.map(({ state }) => BatchItemState[state]);
export const reasons = ({ results }: { results: BatchItemResult[] }) =>
  results.map(({ errorReason }) => errorReason);

/** Sends a batch, and says besides whether the answer was a replay. */
export async function executeBatch(
  { wallet }: TestClients,
  request: { items: Item[]; mode: BatchMode; view?: BatchView; validateOnly?: boolean },
  key?: string,
): Promise<ExecuteBatchResponse & { replayed: boolean }> {
  let replayed = false;
  const answer = await wallet.executeBatch(request, {
    ...keyed(key),
    onHeader: (headers) => {
      replayed = headers.get("idempotency-replayed") === "true";
    },
  });
  return { ...answer, replayed };
}
