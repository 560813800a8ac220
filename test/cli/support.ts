import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { onServer, testDatabase } from "../support/postgres.js";

/** What a command that ended has said. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A service process that has printed its addresses. */
export interface RunningService {
  readonly child: ChildProcess;
  readonly grpcPort: number;
  readonly httpPort: number;
  /** Resolves when it ends, however it does. */
  readonly ended: Promise<Ended>;
}

/** A database of its own without any schema, as its owner and as the service. */
export interface EmptyDatabase {
  readonly DATABASE_URL: string;
  readonly DATABASE_OWNER_URL: string;
}

type Environment = Readonly<Record<string, string>>;

export const secret = "a secret of the tests, long enough for HS256";
export const freePorts = { GRPC_PORT: "0", HTTP_PORT: "0", METRICS_PORT: "0" };

/** The program as a user has it. */
export const main = "dist/src/main.js";

const children = new Set<ChildProcess>();
let databases = 0;

/** Runs `wallet` with these arguments to its end. */
export function wallet(args: readonly string[], env: Environment): Promise<Ended> {
  return toEnd(begin([main, ...args], env));
}

/** Runs a TypeScript program of this repository, or the text of one, to its end. */
export function program(args: readonly string[], env: Environment): Promise<Ended> {
  return toEnd(begin(["--import", "tsx", ...args], env));
}

/** Starts `wallet serve` and waits until it is up. */
export async function serve(env: Environment, ...flags: string[]): Promise<RunningService> {
  const child = begin([main, "serve", ...flags], { ...freePorts, HOST: "127.0.0.1", ...env });
  const ended = toEnd(child);
  const banner = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (part: string) => {
      text += part;
      if (/metrics .*\n/.test(text)) resolve(text);
    });
    ended.then(({ code, stderr }) => reject(new Error(`serve ended with ${code}: ${stderr}`)), reject);
  });
  const portOf = (pattern: RegExp): number => Number(pattern.exec(banner)?.[1]);
  return { child, ended, grpcPort: portOf(/gRPC .*:(\d+)/), httpPort: portOf(/HTTP .*?:(\d+) /) };
}

/** Makes a database that the two roles of the embedded PostgreSQL may use, with nothing in it. */
export async function emptyDatabase(): Promise<EmptyDatabase> {
  const { url, ownerUrl, superuserUrl } = await testDatabase();
  const name = `cli_${++databases}`;
  await onServer(superuserUrl, `create database ${name} owner wallet_owner template template0`);
  const at = (base: string) => Object.assign(new URL(base), { pathname: `/${name}` }).href;
  return { DATABASE_URL: at(url), DATABASE_OWNER_URL: at(ownerUrl) };
}

/** Ends what a test that failed has left running. */
export async function endChildren(): Promise<void> {
  for (const child of children) {
    const exited = once(child, "exit");
    if (child.kill("SIGKILL")) await exited;
  }
  children.clear();
}

function begin(args: readonly string[], env: Environment): ChildProcess {
  const { PATH = "", HOME = "" } = process.env; // Nothing of the configuration around the tests gets in.
  const child = spawn(process.execPath, [...args], {
    env: { PATH, HOME, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

async function toEnd(child: ChildProcess): Promise<Ended> {
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (part: string) => {
      said[name] += part;
    });
  }
  const [code] = await once(child, "close");
  return { code, ...said };
}
