import { type Reason, WalletApiError } from "../src/client/client.js";
import { DemoError } from "./connection.js";

/** How a call failed that must be refused for this reason. */
export async function refusal(reason: Reason, call: Promise<unknown>): Promise<WalletApiError> {
  const error: unknown = await call.then(
    () => new DemoError(`A call that must be refused with ${reason} was carried out.`),
    (cause: unknown) => cause,
  );
  if (!(error instanceof WalletApiError) || error.reason === undefined) throw error;
  equal("the reason of the refusal", error.reason, reason);
  return error;
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
