import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { endedChildrenCpuSeconds } from "../processes.js";
import type { Cost } from "./answer.js";

const exec = promisify(execFile);

/** The same request again and again: h2load can make no other, so it cannot load what needs an idempotency key. */
export interface H2loadOrder {
  readonly port: number;
  readonly token: string;
  readonly path: string;
  /** A request with gRPC's prefix. */
  readonly frame: Buffer;
  /** Calls that are under way at any moment: a multiple of 4, the connections that they share. */
  readonly inFlight: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

/** What came of it. It tells HTTP statuses alone: what gRPC says stands in trailers, which h2load does not read. */
export interface H2loadResult extends Cost {
  readonly perSecond: number;
  /** Within the measured time. */
  readonly succeeded: number;
  readonly failed: number;
  /** Bytes of all answers, those that came too late to be counted included. That of an error has none. */
  readonly answerBytes: number;
  readonly latencyMs: { readonly mean: number; readonly max: number };
}

const connections = 4;

/** Whether h2load of nghttp2-client is installed, and which version. */
export async function h2loadVersion(): Promise<string | null> {
  try {
    return (await exec("h2load", ["--version"])).stdout.trim();
  } catch {
    return null;
  }
}

/** Loads a method that reads. @throws when h2load fails, or says something else than expected. */
export async function runH2load(order: H2loadOrder): Promise<H2loadResult> {
  const folder = await mkdtemp(join(tmpdir(), "bench-"));
  try {
    const body = join(folder, "request");
    await writeFile(body, order.frame);
    const usedBefore = await endedChildrenCpuSeconds();
    const { stdout } = await exec("h2load", argumentsOf(order, body), { maxBuffer: 16 * 1024 * 1024 });
    return { ...parse(stdout), cpuSeconds: (await endedChildrenCpuSeconds()) - usedBefore };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function argumentsOf(
  { port, token, path, inFlight, warmUpMs, measuredMs }: H2loadOrder,
  body: string,
): string[] {
  const headers = ["content-type: application/grpc", "te: trailers", `authorization: Bearer ${token}`];
  return [
    ...["--threads=1", `--clients=${connections}`, `--max-concurrent-streams=${inFlight / connections}`],
    ...[`--warm-up-time=${warmUpMs}ms`, `--duration=${measuredMs}ms`, `--data=${body}`],
    ...headers.map((header) => `--header=${header}`),
    `http://127.0.0.1:${port}${path}`,
  ];
}

const secondsOf: Readonly<Record<string, number>> = { s: 1, ms: 1e-3, us: 1e-6 };

function parse(output: string): Omit<H2loadResult, keyof Cost> {
  const numbers = (pattern: RegExp): number[] => {
    const found = pattern.exec(output);
    if (found === null) throw new Error(`h2load did not say ${pattern}: ${output}`);
    return found.slice(1).map(Number);
  };
  const [perSecond = 0] = numbers(/finished in \S+, (\S+) req\/s/);
  const [succeeded = 0, failed = 0, errored = 0] = numbers(
    /requests: .* (\d+) succeeded, (\d+) failed, (\d+) errored/,
  );
  const [data = 0] = numbers(/\((\d+)\) data/);
  const [, , max = "0", maxUnit = "s", mean = "0", meanUnit = "s"] =
    /time for request:\s+([\d.]+)(us|ms|s)\s+([\d.]+)(us|ms|s)\s+([\d.]+)(us|ms|s)/.exec(output)?.slice(1) ??
    [];
  const ms = (figure: string, unit: string) => Number(figure) * (secondsOf[unit] ?? 0) * 1_000;
  return {
    perSecond,
    succeeded,
    failed: failed + errored,
    answerBytes: data,
    latencyMs: { mean: ms(mean, meanUnit), max: ms(max, maxUnit) },
  };
}
