import type { CallOptions } from "@connectrpc/connect";
import { ConnectError } from "@connectrpc/connect";
import { type ErrorInfo, ErrorInfoSchema } from "../src/gen/google/rpc/error_details_pb.js";
import { DemoError } from "./connection.js";

/** What came back: the answer, and whether it is the recorded outcome of an earlier call. */
export interface Outcome<Answer> {
  readonly answer: Answer;
  readonly replayed: boolean;
}

/** Calls with the idempotency key and reads from the response metadata whether the answer is a replay. */
export async function keyed<Answer>(
  key: string,
  call: (options: CallOptions) => Promise<Answer>,
): Promise<Outcome<Answer>> {
  let replayed = false;
  const answer = await call({
    headers: { "idempotency-key": key },
    onHeader: (headers) => {
      replayed = headers.get("idempotency-replayed") === "true";
    },
  });
  return { answer, replayed };
}

/** The ErrorInfo of a call that must be refused for this reason. */
export async function refusal(reason: string, call: Promise<unknown>): Promise<ErrorInfo> {
  const error = await call.then(
    () => undefined,
    (cause: unknown) => ConnectError.from(cause),
  );
  if (error === undefined) throw new DemoError(`A call that must be refused with ${reason} was carried out.`);
  const [info] = error.findDetails(ErrorInfoSchema);
  if (info === undefined) throw error;
  equal("the reason of the refusal", info.reason, reason);
  return info;
}

/** Fails unless the value is the expected one. */
export function equal<Value>(what: string, actual: Value, expected: Value): void {
  if (show(actual) === show(expected)) return;
  throw new DemoError(`${what} must be ${show(expected)}, and is ${show(actual)}.`);
}

/** The value, unless it is missing from the answer. */
export function present<Value>(what: string, value: Value | undefined): Value {
  if (value === undefined) throw new DemoError(`The answer lacks ${what}.`);
  return value;
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, item) => (typeof item === "bigint" ? `${item}` : item)) ?? "missing";
}
