import { execFileSync } from "node:child_process";
import { availableParallelism, cpus, totalmem } from "node:os";

/** What the figures were measured on. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
  /** The version, and the settings that durability rests on. */
  readonly postgresql: Readonly<Record<string, string>>;
  /** Where the load came from. */
  readonly load: string;
}

export function describeMachine(postgresql: Readonly<Record<string, string>>): Machine {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() || "unknown",
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    postgresql,
    load: "a process of its own (bare node:http2) on the same cores, over loopback",
  };
}

/** In one line, for a terminal and for Markdown. */
export function machineLine({ cores, cpu, memoryGiB, platform, node, postgresql, load }: Machine): string {
  const { server_version: version, ...settings } = postgresql;
  const durable = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  return `${cores} cores (${cpu}), ${memoryGiB} GiB, ${platform}, Node ${node}, PostgreSQL ${version} with ${durable.join(", ")}; the load: ${load}`;
}

/** What figures depend on; the results themselves are not part of it. */
const measuredFiles = ["src", "migrations", "bench", "package-lock.json", ":!bench/results"];

/** The commit, with a mark behind it when what is measured differs from it: `1a2b3c4 with changes`. */
export function currentCommit(): string {
  const commit = git("rev-parse", "--short", "HEAD").trim();
  return git("status", "--porcelain", "--", ...measuredFiles) === "" ? commit : `${commit} with changes`;
}

/** Whether what would be measured now is what was measured at that commit. */
export function measuresSame(commit: string): boolean {
  if (!/^[0-9a-f]+$/.test(commit) || currentCommit().includes(" ")) return false;
  try {
    git("diff", "--quiet", commit, "--", ...measuredFiles);
    return true;
  } catch {
    return false; // Something differs, or the commit is not to be found here.
  }
}

function git(...args: string[]): string {
  return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}
