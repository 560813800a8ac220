import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Start } from "./cluster.js";
import { EmbeddedError, programFailed } from "./error.js";
import { type Guarded, spawnGuarded } from "./guard.js";
import { stopLeftover } from "./leftover.js";

/** A server that takes connections. */
export interface Server {
  port: number;
  process: Guarded;
}

/** Settings for a small machine; nothing that a commit's durability rests on is switched off. */
const defaultSettings: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "50",
  shared_buffers: "192MB",
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  wal_compression: "on",
  password_encryption: "scram-sha-256",
  timezone: "UTC",
  log_timezone: "UTC",
  lc_messages: "C", // Lines are recognised below.
  log_destination: "stderr",
  logging_collector: "off",
  log_min_messages: "warning",
  log_checkpoints: "off",
  jit: "off",
};

const attemptsMax = 5;
const portTaken = /could not bind|Address already in use|could not create any TCP\/IP sockets/;
/**
 * Backends of a server that was killed outlive it for a moment. And in a container, where ids begin anew, a process of
 * this very start can have the id that the killed server left in its lock file.
 */
const heldByThePast = /pre-existing shared memory block|lock file "postmaster.pid" already exists/;

/** Starts PostgreSQL on a free port of the loopback interface and waits until it takes connections. */
export async function startServer(
  cluster: string,
  start: Start,
  settings: Record<string, string>,
): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    await stopLeftover(cluster);
    const port = await freePort();
    const process = spawnGuarded(
      [
        start.binaries.postgres,
        "-D",
        cluster,
        ...settingFlags({ ...defaultSettings, ...settings, port: `${port}` }),
      ],
      { account: start.account, onLine: start.log },
    );
    if (await becomesReady(process, start.signal)) return { port, process };
    const text = process.lines.join("\n");
    if (attempt < attemptsMax && portTaken.test(text)) continue; // Somebody took the port since we looked.
    if (attempt < attemptsMax && heldByThePast.test(text)) await pause(200 * attempt);
    else throw programFailed(`The database in ${cluster} did not start.`, process.lines);
  }
}

/** False when the server ended instead. Does not return before the server is either ready or gone. */
async function becomesReady(process: Guarded, signal: AbortSignal): Promise<boolean> {
  signal.addEventListener("abort", process.stop, { once: true });
  try {
    if (signal.aborted) process.stop();
    const ended = process.exit.then(() => process.closed).then(() => false);
    const ready = await Promise.race([process.ready.then(() => true), ended]);
    if (signal.aborted) await ended;
    signal.throwIfAborted();
    return ready;
  } finally {
    signal.removeEventListener("abort", process.stop);
  }
}

const settingFlags = (settings: Record<string, string>): string[] =>
  Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new EmbeddedError("127.0.0.1 has no free port.");
  return address.port;
}
