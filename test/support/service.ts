import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { issueToken } from "../../src/rpc/access/issue-token.js";
import type { Role } from "../../src/rpc/access/role.js";

const secret = "a secret of the load tests, long enough for HS256";

/** A service in a process of its own. */
export interface Service {
  readonly pid: number;
  readonly grpcPort: number;
  readonly metricsPort: number;
  /** Asks it to stop, and waits for its end. */
  stop(): Promise<void>;
  /** Sends SIGKILL, and waits for its end. */
  kill(): Promise<void>;
}

/** What is started, and with which configuration. */
export interface ServiceOptions {
  /** Variables of the environment; the ports are picked, and tokens are those of `tokenFor`. */
  readonly env: Record<string, string>;
  /** The compiled program and its arguments. Unset: `wallet serve`. */
  readonly program?: readonly string[];
}

/** The options of Node.js that `npm start` has: what is measured and tested runs as it ships. */
export function nodeOptions(): string[] {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
  return /node (.+) dist\/src\/main\.js/.exec(scripts.start)?.[1]?.split(" ") ?? [];
}

const running = new Set<ChildProcess>();
// A test that ran out of time leaves its service behind, and a service that is waited for would never end.
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

const configured = ["DATABASE_URL", "DATABASE_OWNER_URL", "WALLET_DATA_DIR", "JWKS_URL", "JWKS_FILE", "HOST"];
const address = /^ {2}(gRPC|metrics) .*127\.0\.0\.1:(\d+)/;

/** Starts a service and waits until it prints its addresses. */
export async function startService({
  env,
  program = ["dist/src/main.js", "serve"],
}: ServiceOptions): Promise<Service> {
  const child = spawn(process.execPath, [...nodeOptions(), ...program], {
    env: {
      ...process.env,
      ...Object.fromEntries(configured.map((name) => [name, ""])),
      ...{ GRPC_PORT: "0", HTTP_PORT: "0", METRICS_PORT: "0", JWT_SECRET: secret, LOG_LEVEL: "fatal" },
      ...env,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.add(child);
  const exited = once(child, "exit").finally(() => running.delete(child));
  const stop = (signal: NodeJS.Signals) => async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  const ports = await portsOf(child);
  return {
    pid: child.pid ?? 0,
    grpcPort: ports.get("gRPC") ?? 0,
    metricsPort: ports.get("metrics") ?? 0,
    stop: stop("SIGTERM"),
    kill: stop("SIGKILL"),
  };
}

/** A token that such a service accepts. */
export function tokenFor(role: Role): Promise<string> {
  const caller = { subject: `load-${role}`, role };
  return issueToken({ secret, issuer: "wallet", audience: "wallet", ...caller, ttlSeconds: 3_600 });
}

async function portsOf({ stdout }: ChildProcess): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  if (stdout === null) return ports;
  for await (const line of createInterface({ input: stdout })) {
    const [, name, port] = address.exec(line) ?? [];
    if (name !== undefined) ports.set(name, Number(port));
    if (ports.size < 2) continue;
    stdout.resume();
    return ports;
  }
  throw new Error("the service ended before it was up");
}
