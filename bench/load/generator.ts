// The load generator in a process of its own. Gets one `LoadOrder` at a time from its parent, and answers it with a
// `LoadResult`. Ends when its parent does.
import { Connection } from "./connection.js";
import { framesOf, movesValue, pathOf, type Scenario } from "./frames.js";

/** Which load to make, on which server. */
export interface LoadOrder {
  readonly port: number;
  readonly token: string;
  readonly scenario: Scenario;
  /** Calls that are under way at any moment. */
  readonly inFlight: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
  /** What this order's idempotency keys begin with. */
  readonly keyPrefix: string;
}

/** What came of it. */
export interface LoadResult {
  readonly perSecond: number;
  /** Calls that succeeded, those before and after the measured time included. */
  readonly succeeded: number;
  /** How often each failure came. */
  readonly failures: Record<string, number>;
  readonly latencyMs: { readonly p50: number; readonly p99: number };
}

const connectionsMax = 4;

async function run(order: LoadOrder): Promise<LoadResult> {
  const frames = framesOf(order.scenario);
  const path = pathOf(order.scenario);
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
      const key = movesValue(order.scenario) ? `${order.keyPrefix}-${call}` : undefined;
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
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  const perSecond = latencies.length / (order.measuredMs / 1_000);
  return { perSecond, succeeded, failures, latencyMs: { p50: at(0.5), p99: at(0.99) } };
}

process.on("message", async (order: LoadOrder) => process.send?.(await run(order)));
process.on("disconnect", () => process.exit(0));
