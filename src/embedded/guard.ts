import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Account } from "./account.js";

/** A PostgreSQL program that cannot outlive this process. */
export interface Guarded {
  /** The last lines it wrote. */
  lines: readonly string[];
  /** Settles once it has written that it takes connections. */
  ready: Promise<void>;
  /** Asks it to end: SIGINT at once (PostgreSQL's fast shutdown), SIGQUIT after ten seconds. Await `exit` for the end. */
  stop(): void;
  /** Settles with the exit code when it has ended. */
  exit: Promise<number | null>;
  /** Settles when it has ended and all it wrote is in `lines`. */
  closed: Promise<void>;
}

// PostgreSQL is a process of its own: SIGKILL of the service would leave it running. So a shell stands between them
// and waits on a pipe that the kernel closes when the service ends, however it ends. A shell, and not another Node.js,
// because it is there in two milliseconds and two megabytes. It ignores what a supervisor sends to the whole group.
const guardScript = `
trap '' HUP INT TERM
exec 3<&0 </dev/null
"$@" 3<&- &
program=$!
(
  read -r line <&3
  sleep 10 &
  sleeper=$!
  trap 'kill -KILL "$sleeper"; wait; exit' USR1
  kill -INT "$program"
  wait "$sleeper"
  kill -QUIT "$program"
) >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$program"
code=$?
{ kill -USR1 "$watcher"; wait "$watcher"; } 2>/dev/null
exit "$code"
`;

const linesMax = 30;

/**
 * Runs a PostgreSQL program as `account`, in a session of its own so that Ctrl-C in the terminal does not reach it,
 * with an environment that holds nothing of ours.
 */
export function spawnGuarded(
  command: readonly string[],
  options: { account: Account | undefined; onLine: (line: string) => void },
): Guarded {
  const child = spawn("/bin/sh", ["-c", guardScript, "wallet-guard", ...command], {
    ...options.account,
    cwd: "/",
    detached: true,
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const lines: string[] = [];
  let becomeReady = (): void => undefined;
  const ready = new Promise<void>((settle) => {
    becomeReady = settle;
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      if (lines.push(line) > linesMax) lines.shift();
      if (line.includes("database system is ready to accept connections")) becomeReady();
      options.onLine(line);
    });
  }
  child.stdin.on("error", () => undefined); // The guard ended first; `exit` tells.
  const exit = once(child, "exit").then(([code]: (number | null)[]) => code ?? null);
  const closed = once(child, "close").then(() => undefined);
  // Both reject when the shell cannot be spawned; whoever awaits one of them hears of it.
  exit.catch(() => undefined);
  closed.catch(() => undefined);
  return { lines, ready, exit, closed, stop: () => void child.stdin.end() };
}
