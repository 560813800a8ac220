// Loads `ExecuteBatch` or `ExecuteStream`, in a process of its own. Gets one `BulkOrder` at a time from its parent, and
// answers it with a `BulkResult`. Ends when its parent does.
import { BatchItemState } from "../../src/gen/wallet/v1/bulk_pb.js";
import { WalletService } from "../../src/gen/wallet/v1/wallet_service_pb.js";
import { answerOrders, type Cost } from "./answer.js";
import { answeredItemOf, batchFrame, itemFrame, itemsEach, postedCountOf } from "./bulk-frames.js";
import { Connection, replyOf } from "./connection.js";
import { pathOfMethod } from "./frames.js";
import { type Latency, latencyOf } from "./latency.js";
import { Messages } from "./messages.js";

/** Which bulk load to make, on which server. */
export interface BulkOrder {
  readonly port: number;
  readonly token: string;
  readonly kind: "batch" | "stream";
  /** Batches that are under way at any moment, or streams, each with as many items as a batch has. */
  readonly inFlight: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
  /** What this order's idempotency keys begin with. */
  readonly keyPrefix: string;
}

/** What came of it. */
export interface BulkResult extends Cost {
  /** Movements per second. */
  readonly perSecond: number;
  /** Movements that were posted, those before and after the measured time included. */
  readonly succeeded: number;
  /** How often each failure came. */
  readonly failures: Record<string, number>;
  /** Of a batch; of an item of a stream, from when it was sent. */
  readonly latencyMs: Latency;
}

/**
 * Counts what was answered, and how long it took within the measured time. On a machine so slow that not even one answer
 * for each caller comes within it, the time is longer.
 */
class Tally {
  readonly failures: Record<string, number> = {};
  succeeded = 0;
  readonly #from: number;
  #to: number;
  readonly #answersMin: number;
  readonly #latencies: number[] = [];
  #measured = 0;

  constructor({ warmUpMs, measuredMs, inFlight }: BulkOrder) {
    this.#from = performance.now() + warmUpMs;
    this.#to = this.#from + measuredMs;
    this.#answersMin = measuredMs === 0 ? 0 : inFlight;
  }

  /** Whether the measured time is over. With the first failure it is: the run is void. */
  get over(): boolean {
    if (Object.keys(this.failures).length > 0) return true;
    return performance.now() >= this.#to && this.#latencies.length >= this.#answersMin;
  }

  add(startedAt: number, movements: number): void {
    const endedAt = performance.now();
    this.succeeded += movements;
    if (endedAt < this.#from || this.over) return;
    this.#to = Math.max(this.#to, endedAt);
    this.#measured += movements;
    this.#latencies.push(endedAt - startedAt);
  }

  fail(message: string): void {
    this.failures[message] = (this.failures[message] ?? 0) + 1;
  }

  result(): Omit<BulkResult, keyof Cost> {
    const perSecond = this.#measured / ((this.#to - this.#from) / 1_000);
    const { succeeded, failures } = this;
    return { perSecond, succeeded, failures, latencyMs: latencyOf(this.#latencies) };
  }
}

/** Sends one batch after the other. Each of the callers has calls of its own. */
async function sendBatches(order: BulkOrder, tally: Tally, caller: number): Promise<void> {
  const connection = new Connection(order.port, order.token);
  const path = pathOfMethod(WalletService.method.executeBatch);
  const keyPrefix = `${order.keyPrefix}-${caller}-`;
  for (let call = 0; !tally.over; call++) {
    const startedAt = performance.now();
    const stream = connection.open(path, `${keyPrefix}${call}`);
    const messages = new Messages();
    let posted = 0;
    stream.on("data", (chunk: Buffer) => {
      for (const message of messages.take(chunk)) posted = postedCountOf(message);
    });
    stream.end(batchFrame(`${keyPrefix}${call}-`));
    const { code, message } = await replyOf(stream);
    tally.add(startedAt, posted);
    if (code !== 0) tally.fail(message);
    else if (posted < itemsEach) tally.fail(`${itemsEach - posted} items were not posted`);
  }
  connection.close();
}

/** One stream, with a new item for each result that comes back, so that as many as a batch has are always under way. */
async function streamItems(order: BulkOrder, tally: Tally, caller: number): Promise<void> {
  const connection = new Connection(order.port, order.token);
  const keyPrefix = `${order.keyPrefix}-${caller}-`;
  const stream = connection.open(pathOfMethod(WalletService.method.executeStream));
  const messages = new Messages();
  const sentAt = [0];
  let answered = 0;
  const send = (count: number): void => {
    const now = performance.now();
    const items = Array.from({ length: count }, () => itemFrame(keyPrefix, sentAt.push(now) - 1));
    stream.write(Buffer.concat(items));
  };
  stream.on("data", (chunk: Buffer) => {
    const results = messages.take(chunk);
    answered += results.length;
    for (const result of results) {
      const { item, state } = answeredItemOf(result);
      if (state === BatchItemState.POSTED) tally.add(sentAt[item] ?? 0, 1);
      else tally.fail(`an item ended as ${BatchItemState[state]}`);
    }
    if (!tally.over) send(results.length);
    else if (answered === sentAt.length - 1) stream.end();
  });
  send(itemsEach);
  const { code, message } = await replyOf(stream);
  if (code !== 0) tally.fail(message);
  connection.close();
}

async function run(order: BulkOrder): Promise<Omit<BulkResult, keyof Cost>> {
  const tally = new Tally(order);
  const bring = order.kind === "batch" ? sendBatches : streamItems;
  await Promise.all(Array.from({ length: order.inFlight }, (_, caller) => bring(order, tally, caller)));
  return tally.result();
}

answerOrders<BulkOrder, BulkResult>(run);
