import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { createInterface } from "node:readline";
import { createClient } from "@redis/client";

/** A real Redis on a free port of this machine. It keeps nothing on disk. */
export class RedisServer {
  readonly port: number;
  #child: ChildProcess | null = null;

  private constructor(port: number) {
    this.port = port;
  }

  /** Picks a port, at which nothing listens yet. */
  static async atFreePort(): Promise<RedisServer> {
    if (spawnSync("redis-server", ["--version"]).error !== undefined) {
      throw new Error(
        "these tests need redis-server; install it, for example with apt-get install redis-server",
      );
    }
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    return new RedisServer(port);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it and waits until it takes connections. */
  async start(): Promise<this> {
    const settings = ["--port", `${this.port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    const child = spawn("redis-server", settings, { stdio: ["ignore", "pipe", "inherit"] });
    this.#child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.includes("Ready to accept connections")) continue;
      child.stdout.resume();
      return this;
    }
    throw new Error("redis-server ended before it was up");
  }

  /** Ends it at once, with all that it knows. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#child = null;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  /** Lets it stay connected and say nothing, as a machine does that hangs. */
  fallSilent(): void {
    this.#child?.kill("SIGSTOP");
  }

  /** Lets it go on. */
  wake(): void {
    this.#child?.kill("SIGCONT");
  }

  /** The names of all keys. */
  async keys(): Promise<string[]> {
    const client = createClient({ url: this.url });
    await client.connect();
    try {
      return await client.keys("*");
    } finally {
      client.destroy();
    }
  }
}
