// Open-loop load in a process of its own: calls come at times that were fixed beforehand, whatever became of those before
// them, and how long each took is counted from its planned time. So a server that stalls does not hide the calls that
// would have come meanwhile. Gets one `OpenOrder` at a time from its parent, and answers it with an `OpenResult`.
import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import { answerOrders, type Cost } from "./answer.js";
import { arrivals } from "./arrivals.js";
import { Connection, type Reply } from "./connection.js";
import { framesOf, pathOf, type Traffic } from "./frames.js";
import type { Latency } from "./latency.js";

/** Which load to make, on which server. */
export interface OpenOrder {
  readonly port: number;
  readonly token: string;
  readonly traffic: Traffic;
  /** How many calls come in a second, on average. */
  readonly perSecond: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
  /** What this order's idempotency keys begin with. */
  readonly keyPrefix: string;
  /** Which random times and calls these are. */
  readonly seed: number;
}

/** Milliseconds. */
export interface LatencyToMax extends Latency {
  readonly max: number;
}

/** What came of it. Where nothing else is said, it is of calls that were planned within the measured time. */
export interface OpenResult extends Cost {
  readonly offeredPerSecond: number;
  /** Calls that were answered with success within the measured time, whenever they were planned. */
  readonly goodPerSecond: number;
  /** Calls that were answered OVERLOADED. */
  readonly shedPerSecond: number;
  /** Calls that this process had no room for, because more than `outstandingMax` were not answered. They count as lost. */
  readonly unsent: number;
  readonly goodMs: LatencyToMax;
  /** How long it took to be answered OVERLOADED. */
  readonly shedMs: LatencyToMax;
  /** How much later than planned this process sent, because it lacked the processor. It is part of all latencies. */
  readonly lateMs: LatencyToMax;
  /** The most calls at one moment that were not answered. */
  readonly outstandingMax: number;
  /** Calls that succeeded, at any time. */
  readonly succeeded: number;
  /** How often each failure came that was not OVERLOADED, at any time. */
  readonly failures: Record<string, number>;
}

const connectionsMax = 4;
/** The bound of this process's memory: some 2 KB for each. */
const outstandingMax = 20_000;
const tickMs = 1;

async function run(order: OpenOrder): Promise<Omit<OpenResult, keyof Cost>> {
  const { warmUpMs, measuredMs, perSecond, seed } = order;
  const frames = framesOf(order.traffic);
  const path = pathOf(order.traffic);
  const connections = Array.from({ length: connectionsMax }, () => new Connection(order.port, order.token));
  const [good, shed, late] = [histogram(), histogram(), histogram()];
  const counts = {
    planned: 0,
    unsent: 0,
    outstanding: 0,
    outstandingMax: 0,
    succeeded: 0,
    good: 0,
    calls: 0,
  };
  const failures: Record<string, number> = {};
  const startedAt = performance.now();

  const settle = (reply: Reply, plannedMs: number): void => {
    counts.outstanding--;
    const measured = plannedMs >= warmUpMs;
    const answeredMs = performance.now() - startedAt;
    const tookMs = answeredMs - plannedMs;
    if (reply.code === 0) {
      counts.succeeded++;
      if (answeredMs >= warmUpMs && answeredMs < warmUpMs + measuredMs) counts.good++;
      if (measured) record(good, tookMs);
    } else if (isOverloaded(reply)) {
      if (measured) record(shed, tookMs);
    } else failures[reply.message] = (failures[reply.message] ?? 0) + 1;
  };
  const send = (plannedMs: number): void => {
    const measured = plannedMs >= warmUpMs;
    if (measured) counts.planned++;
    if (counts.outstanding >= outstandingMax) {
      if (measured) counts.unsent++;
      return;
    }
    const call = counts.calls++;
    const connection = connections[call % connectionsMax];
    const frame = frames[call % frames.length];
    if (connection === undefined || frame === undefined) return;
    counts.outstandingMax = Math.max(counts.outstandingMax, ++counts.outstanding);
    if (measured) record(late, performance.now() - startedAt - plannedMs);
    connection.call(path, frame, `${order.keyPrefix}-${call}`).then((reply) => settle(reply, plannedMs));
  };

  const times = arrivals(perSecond, seed);
  let next = times.next().value;
  await new Promise<void>((resolve) => {
    const ticking = setInterval(() => {
      const nowMs = performance.now() - startedAt;
      for (; next <= nowMs && next < warmUpMs + measuredMs; next = times.next().value) send(next);
      // Every call is answered in the end: the service bounds how long it works on one.
      if (nowMs < warmUpMs + measuredMs || counts.outstanding > 0) return;
      clearInterval(ticking);
      resolve();
    }, tickMs);
  });
  for (const connection of connections) connection.close();
  const seconds = measuredMs / 1_000;
  return {
    offeredPerSecond: counts.planned / seconds,
    goodPerSecond: counts.good / seconds,
    shedPerSecond: shed.count / seconds,
    unsent: counts.unsent,
    goodMs: latencyOf(good),
    shedMs: latencyOf(shed),
    lateMs: latencyOf(late),
    outstandingMax: counts.outstandingMax,
    succeeded: counts.succeeded,
    failures,
  };
}

/** The reason travels in the details, and its name is text there as anywhere. */
function isOverloaded({ details }: Reply): boolean {
  return Buffer.from(details, "base64").includes("OVERLOADED");
}

/** In microseconds. Its size does not depend on what it is told. */
function histogram(): RecordableHistogram {
  return createHistogram({ lowest: 1, highest: 600_000_000, figures: 3 });
}

function record(into: RecordableHistogram, ms: number): void {
  into.record(Math.max(1, Math.round(ms * 1_000)));
}

function latencyOf(recorded: RecordableHistogram): LatencyToMax {
  if (recorded.count === 0) return { p50: 0, p99: 0, max: 0 };
  const ms = (microseconds: number) => microseconds / 1_000;
  return { p50: ms(recorded.percentile(50)), p99: ms(recorded.percentile(99)), max: ms(recorded.max) };
}

answerOrders<OpenOrder, OpenResult>(run);
