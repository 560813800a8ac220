import { createServer, type Server, type Socket, connect as tcpConnect } from "node:net";
import { FrontendMessages } from "./frontend-messages.js";

/** What becomes of the next `commit`: it never arrives, or it arrives and its answer never comes back. */
export type CommitFault = "lost" | "unanswered";

const commitAnswer = Buffer.from("C\0\0\0\x0bCOMMIT\0", "latin1");

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** A network between the service and PostgreSQL that breaks at the worst moment. */
export class FaultyNetwork {
  readonly #target: URL;
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  #refusing = false;
  #fault: { kind: CommitFault; thenRefuse: boolean; done: () => void } | null = null;

  private constructor(url: string) {
    this.#target = new URL(url);
    this.#listener = createServer((client) => this.#accept(client));
  }

  static async open(url: string): Promise<FaultyNetwork> {
    const proxy = new FaultyNetwork(url);
    await new Promise<void>((resolve) => proxy.#listener.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** The database's address through this proxy. */
  get url(): string {
    const address = this.#listener.address();
    if (address === null || typeof address === "string") throw new Error("the proxy is closed");
    return Object.assign(new URL(this.#target.href), { host: `127.0.0.1:${address.port}` }).href;
  }

  /** Breaks the connection that commits next. Resolves when it is broken; after that the network may stay down. */
  breakNextCommit(kind: CommitFault, { thenRefuse = false } = {}): Promise<void> {
    return new Promise((done) => {
      this.#fault = { kind, thenRefuse, done };
    });
  }

  /** Cuts every connection and takes no new one. */
  takeDown(): void {
    this.#refusing = true;
    for (const pair of this.#pairs) cut(pair);
  }

  /** Takes connections again. */
  bringUp(): void {
    this.#refusing = false;
  }

  async close(): Promise<void> {
    this.takeDown();
    await new Promise((resolve) => this.#listener.close(resolve));
  }

  #accept(client: Socket): void {
    if (this.#refusing) {
      client.destroy();
      return;
    }
    const server = tcpConnect(Number(this.#target.port), this.#target.hostname);
    const pair = { client, server };
    this.#pairs.add(pair);
    for (const socket of [client, server]) {
      socket.on("error", () => cut(pair));
      socket.on("close", () => {
        cut(pair);
        this.#pairs.delete(pair);
      });
    }
    this.#relay(pair);
  }

  #relay(pair: Pair): void {
    const { client, server } = pair;
    const messages = new FrontendMessages();
    let swallowed: (() => void) | null = null;
    client.on("data", (bytes: Buffer) => {
      for (const message of messages.read(bytes)) {
        const fault = message.isCommit ? this.#takeFault() : null;
        if (fault?.kind === "lost") {
          cut(pair);
          fault.done();
          return;
        }
        if (fault !== null) swallowed = fault.done;
        server.write(message.bytes);
      }
    });
    server.on("data", (bytes: Buffer) => {
      const answer = swallowed === null ? -1 : bytes.indexOf(commitAnswer);
      if (answer < 0) {
        client.write(bytes);
        return;
      }
      // What was answered before the commit still arrives; then the line is dead.
      client.end(bytes.subarray(0, answer));
      server.destroy();
      swallowed?.();
    });
  }

  #takeFault(): { kind: CommitFault; done: () => void } | null {
    const fault = this.#fault;
    this.#fault = null;
    if (fault?.thenRefuse) this.#refusing = true;
    return fault;
  }
}

function cut({ client, server }: Pair): void {
  client.destroy();
  server.destroy();
}
