import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";

/** What a program did and took. */
export interface Measured {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  /** The most memory that it had at any time (Linux: VmHWM; 0 elsewhere). */
  readonly peakBytes: number;
}

const lookEveryMs = 100;

/** Runs a program of Node.js to its end, and watches its memory; its progress is shown. */
export async function runMeasured(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Measured> {
  const beganMs = performance.now();
  const child = spawn(process.execPath, [...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    said.stdout += part;
  });
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    said.stderr += part;
    process.stderr.write(part);
  });
  let peakBytes = 0;
  const look = setInterval(async () => {
    // The kernel keeps the highest value, so the last look but one is enough.
    const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
    peakBytes = Math.max(peakBytes, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024);
  }, lookEveryMs);
  const [code] = await once(child, "close");
  clearInterval(look);
  return { code, ...said, seconds: (performance.now() - beganMs) / 1_000, peakBytes };
}
