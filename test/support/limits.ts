import { ConnectError } from "@connectrpc/connect";
import { RetryInfoSchema } from "../../src/gen/google/rpc/error_details_pb.js";
import type { TestApp } from "./app.js";

/** Windows that outlast every test, so that what is used up stays so. */
export const longWindows = { seconds: 600, burstSeconds: 1_200 };

/** Windows that end while a test waits. */
export const shortWindows = { seconds: 1, burstSeconds: 1 };

/** How long a call was told to wait, in milliseconds; undefined when it succeeded or was told nothing. */
export async function toldToWait(call: Promise<unknown>): Promise<number | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    const [info] = ConnectError.from(error).findDetails(RetryInfoSchema);
    const delay = info?.retryDelay;
    return delay && Number(delay.seconds) * 1_000 + delay.nanos / 1_000_000;
  }
}

/** Makes a call until it is not told to wait any more. Every try is a round trip, so that nothing spins. */
export async function untilAllowed<T>(call: () => Promise<T>): Promise<T> {
  const giveUpAt = Date.now() + 20_000;
  for (;;) {
    const calling = call();
    if ((await toldToWait(calling)) === undefined) return calling;
    if (Date.now() > giveUpAt) throw new Error("the limit did not end");
  }
}

/** What `/metrics` says of a figure: the values by their labels, as they are printed. */
export async function figuresOf({ app }: TestApp, name: string): Promise<Record<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${app.metricsPort}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return Object.fromEntries(
    lines.map((line) => {
      const value = line.lastIndexOf(" ");
      return [line.slice(name.length, value), Number(line.slice(value + 1))];
    }),
  );
}

/** How often calls were over a limit, by its labels; those of the limits that nobody was over are left out. */
export async function limitedOf(app: TestApp): Promise<Record<string, number>> {
  const figures = Object.entries(await figuresOf(app, "wallet_rate_limited_total"));
  return Object.fromEntries(figures.filter(([, count]) => count > 0));
}
