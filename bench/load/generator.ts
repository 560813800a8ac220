// The load generator in a process of its own. Gets one `LoadOrder` at a time from its parent, and answers it with a
// `LoadResult`. Ends when its parent does.
import { answerOrders, type Cost } from "./answer.js";
import { Connection } from "./connection.js";
import { framesOf, movesValue, pathOf, type Traffic } from "./frames.js";
import { type Latency, latencyOf } from "./latency.js";

/** Which load to make, on which server. */
export interface LoadOrder {
  readonly port: number;
  readonly token: string;
  readonly traffic: Traffic;
  /** Calls that are under way at any moment. */
  readonly inFlight: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
  /** What this order's idempotency keys begin with. */
  readonly keyPrefix: string;
}

/** What came of it. */
export interface LoadResult extends Cost {
  readonly perSecond: number;
  /** Calls that succeeded, those before and after the measured time included. */
  readonly succeeded: number;
  /** How often each failure came. */
  readonly failures: Record<string, number>;
  readonly latencyMs: Latency;
}

const connectionsMax = 4;

async function run(order: LoadOrder): Promise<Omit<LoadResult, keyof Cost>> {
  const frames = framesOf(order.traffic);
  const path = pathOf(order.traffic);
  const connections = Array.from({ length: connectionsMax }, () => new Connection(order.port, order.token));
  const measuredFrom = performance.now() + order.warmUpMs;
  const measuredTo = measuredFrom + order.measuredMs;
  const failures: Record<string, number> = {};
  const latencies: number[] = [];
  let calls = 0;
  let succeeded = 0;
  const callInTurn = async (connection: Connection): Promise<void> => {
    while (performance.now() < measuredTo) {
      const call = calls++;
      const startedAt = performance.now();
      const frame = frames[call % frames.length] ?? Buffer.alloc(0);
      const key = movesValue(order.traffic) ? `${order.keyPrefix}-${call}` : undefined;
      const reply = await connection.call(path, frame, key);
      const endedAt = performance.now();
      if (reply.code === 0) succeeded++;
      else failures[reply.message] = (failures[reply.message] ?? 0) + 1;
      if (reply.code === 0 && endedAt >= measuredFrom && endedAt < measuredTo)
        latencies.push(endedAt - startedAt);
    }
  };
  const turns = Array.from({ length: order.inFlight }, (_, index) => connections[index % connections.length]);
  await Promise.all(
    turns.flatMap((connection) => (connection === undefined ? [] : [callInTurn(connection)])),
  );
  for (const connection of connections) connection.close();
  const perSecond = latencies.length / (order.measuredMs / 1_000);
  return { perSecond, succeeded, failures, latencyMs: latencyOf(latencies) };
}

answerOrders<LoadOrder, LoadResult>(run);
