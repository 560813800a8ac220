import type { MessageInitShape } from "@bufbuild/protobuf";
import type { MovementSchema } from "../../src/gen/wallet/v1/bulk_pb.js";
import { type Operation, OperationState } from "../../src/gen/wallet/v1/operation_pb.js";
import { keyed, type TestApp, type TestClients } from "./app.js";
import { ofHolder } from "./given.js";

export type MovementInit = MessageInitShape<typeof MovementSchema>;

/** Movements of gold as EnqueueTransaction takes them. */
export const movements = {
  topUp: (to: string, units: bigint, more: object = {}): MovementInit => ({
    kind: { case: "topUp", value: { wallet: ofHolder(to), amount: gold(units), ...more } },
  }),
  withdraw: (from: string, units: bigint, more: object = {}): MovementInit => ({
    kind: { case: "withdraw", value: { wallet: ofHolder(from), amount: gold(units), ...more } },
  }),
  transfer: (from: string, to: string, units: bigint, more: object = {}): MovementInit => ({
    kind: {
      case: "transfer",
      value: { source: ofHolder(from), destination: ofHolder(to), amount: gold(units), ...more },
    },
  }),
};

/** Puts a movement into the queue, and says besides whether the answer was a replay. */
export async function enqueue(
  { wallet }: TestClients,
  movement: MovementInit,
  key: string = keyed().headers["idempotency-key"],
): Promise<Operation & { replayed: boolean }> {
  let replayed = false;
  const { operation } = await wallet.enqueueTransaction(
    { movement },
    {
      ...keyed(key),
      onHeader: (headers) => {
        replayed = headers.get("idempotency-replayed") === "true";
      },
    },
  );
  if (operation === undefined) throw new Error("the answer has no operation");
  return { ...operation, replayed };
}

/** What became of a key by now. */
export async function operationOf({ wallet }: TestClients, idempotencyKey: string): Promise<Operation> {
  const { operation } = await wallet.getOperation({ idempotencyKey });
  if (operation === undefined) throw new Error("the answer has no operation");
  return operation;
}

/** The operation of a key once it is final, as WatchOperation tells it. */
export async function finalOperation({ wallet }: TestClients, idempotencyKey: string): Promise<Operation> {
  for await (const { event } of wallet.watchOperation({ idempotencyKey })) {
    if (event.case === "operation" && event.value.state !== OperationState.PENDING) return event.value;
  }
  throw new Error(`the stream of ${idempotencyKey} ended before the operation was final`);
}

/** Runs a service with a worker on an app's database until these keys are final. */
export async function applyQueue(
  start: () => Promise<TestApp>,
  as: (app: TestApp) => TestClients,
  keys: readonly string[],
): Promise<Operation[]> {
  const app = await start();
  try {
    const clients = as(app);
    return await Promise.all(keys.map((key) => finalOperation(clients, key)));
  } finally {
    await app.close();
  }
}

function gold(units: bigint): { asset: string; units: bigint } {
  return { asset: "gold", units };
}
