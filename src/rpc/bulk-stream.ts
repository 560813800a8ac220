import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Pool } from "../db/pool.js";
import type { Poster } from "../engine/poster.js";
import type { ExecuteStreamRequest, ExecuteStreamResponseSchema } from "../gen/wallet/v1/bulk_pb.js";
import { WalletError } from "../ledger/wallet-error.js";
import { auditRefused, decideItem } from "./bulk.js";
import { decodeItem } from "./bulk-item.js";
import { Check } from "./decode/check.js";
import { encodeItem } from "./encode/bulk.js";
import { InFlight } from "./in-flight.js";
import type { RateLimits } from "./limits/rate-limits.js";
import type { Call } from "./pipeline/call.js";
import type { Handlers } from "./pipeline/handlers.js";
import { parseIdempotencyKey } from "./pipeline/idempotency-key.js";
import { RefusedRequest } from "./pipeline/refused-request.js";

type Response = MessageInitShape<typeof ExecuteStreamResponseSchema>;

/** How the items of one stream are answered. */
interface Answers {
  readonly decide: (request: ExecuteStreamRequest) => Promise<Response>;
  /** The result of an item with something wrong in its fields. */
  readonly refuse: (error: RefusedRequest) => Response;
  /** What to wait for before the next item may begin; nothing where it may at once. */
  readonly pace: () => Promise<void> | undefined;
}

/** Items of one stream that are not answered yet, or whose answers the caller has not taken. */
const inFlightMax = 1_000;

/** The RPC that makes movements as they arrive. A caller that is over its limit is read no faster than it allows. */
export function executeStreamHandler(
  reader: Pool,
  poster: Poster,
  rates: RateLimits,
): NonNullable<Handlers["wallet"]["executeStream"]> {
  return async function* (requests, call) {
    const inFlight = new InFlight<Response>(inFlightMax);
    const answers: Answers = {
      decide: itemDecider(reader, poster, call),
      refuse: (error) => refused(call, error),
      pace: () => rates.pace(call.caller, call.signal),
    };
    takeIn(requests, inFlight, answers);
    try {
      yield* inFlight.results();
    } finally {
      inFlight.end();
    }
  };
}

/**
 * Reads items as long as there is room for them and the caller may make them. It ends with the requests, and never
 * throws: what ends the stream is told after the results.
 */
async function takeIn(
  requests: AsyncIterable<ExecuteStreamRequest>,
  inFlight: InFlight<Response>,
  answers: Answers,
): Promise<void> {
  const source = requests[Symbol.asyncIterator]();
  while (await inFlight.room()) {
    try {
      const answer = await nextAnswer(source, answers);
      if (answer === null) {
        inFlight.end();
      } else {
        const held = answers.pace();
        if (held !== undefined) await held;
        inFlight.add(answer());
      }
    } catch (error) {
      inFlight.end(error);
    }
  }
}

/** How the next item is answered, which has not begun; null at the end. What is wrong with its fields is its result. */
async function nextAnswer(
  source: AsyncIterator<ExecuteStreamRequest>,
  { decide, refuse }: Answers,
): Promise<(() => Promise<Response>) | null> {
  try {
    const next = await source.next();
    return next.done === true ? null : () => decide(next.value);
  } catch (error) {
    if (error instanceof RefusedRequest) return async () => refuse(error);
    throw error;
  }
}

function itemDecider(
  reader: Pool,
  poster: Poster,
  call: Call,
): (request: ExecuteStreamRequest) => Promise<Response> {
  let lastNumber = 0n;
  return async (request) => {
    const { itemNumber, idempotencyKey } = request;
    const check = new Check();
    const rising = itemNumber > lastNumber;
    check.that(
      rising,
      "item_number",
      `must be 1 or more and rise along the stream; the last was ${lastNumber}`,
    );
    if (rising) lastNumber = itemNumber;
    try {
      parseIdempotencyKey(idempotencyKey, call.method);
      const item = await decodeItem(check, call, request, reader);
      check.done();
      if (item === null) throw new Error("an item without a problem and without a command");
      const outcome = await decideItem(poster, item, call.deadlineMs);
      if (outcome.kind === "refused") auditRefused(call, outcome.error, item);
      return { itemNumber, result: encodeItem(outcome) };
    } catch (error) {
      if (!(error instanceof WalletError)) throw error;
      call.refusedItem(error);
      return { itemNumber, result: encodeItem({ kind: "refused", error }) };
    }
  };
}

function refused(call: Call, error: RefusedRequest): Response {
  call.refusedItem(error);
  const { itemNumber } = error.request as ExecuteStreamRequest;
  return { itemNumber, result: encodeItem({ kind: "refused", error }) };
}
