import { createServer, type Server, type Socket, connect as tcpConnect } from "node:net";

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

const frameHeaderBytes = 9;
const headersFrame = 1;

/** A network between a client and a listener of the service that can lose answers. */
export class Line {
  readonly #port: number;
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  #lost = 0;
  #toLose = 0;

  private constructor(port: number) {
    this.#port = port;
    this.#listener = createServer((client) => this.#accept(client));
  }

  /** Opens a way to this port of this machine. */
  static async open(port: number): Promise<Line> {
    const line = new Line(port);
    await new Promise<void>((resolve) => line.#listener.listen(0, "127.0.0.1", resolve));
    return line;
  }

  /** Where clients connect to. */
  get url(): string {
    const address = this.#listener.address();
    if (address === null || typeof address === "string") throw new Error("the line is closed");
    return `http://127.0.0.1:${address.port}`;
  }

  /** How many answers were lost so far. */
  get lost(): number {
    return this.#lost;
  }

  /** The next answers that come from the service are not passed on; their connections break instead. */
  loseAnswers(count: number): void {
    this.#toLose = count;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#listener.close(resolve));
    for (const pair of this.#pairs) cut(pair);
    await closed;
  }

  #accept(client: Socket): void {
    const server = tcpConnect(this.#port, "127.0.0.1");
    const pair = { client, server };
    this.#pairs.add(pair);
    for (const socket of [client, server]) {
      socket.on("error", () => cut(pair));
      socket.on("close", () => {
        cut(pair);
        this.#pairs.delete(pair);
      });
    }
    const answers = new AnswerFinder();
    client.on("data", (bytes: Buffer) => server.write(bytes));
    server.on("data", (bytes: Buffer) => {
      if (!answers.startIn(bytes) || this.#toLose === 0) {
        client.write(bytes);
        return;
      }
      this.#toLose -= 1;
      this.#lost += 1;
      cut(pair);
    });
  }
}

/** Tells answers from what else a server sends: all of HTTP/1.1 is an answer, of HTTP/2 only HEADERS frames begin one. */
class AnswerFinder {
  #unread = Buffer.alloc(0);

  /** Whether an answer starts in the bytes that came next. */
  startIn(bytes: Buffer): boolean {
    if (this.#unread.length === 0 && bytes.subarray(0, 5).toString("latin1") === "HTTP/") return true;
    this.#unread = Buffer.concat([this.#unread, bytes]);
    let found = false;
    while (this.#unread.length >= frameHeaderBytes) {
      const frameBytes = frameHeaderBytes + this.#unread.readUIntBE(0, 3);
      if (this.#unread.length < frameBytes) break;
      found ||= this.#unread[3] === headersFrame;
      this.#unread = this.#unread.subarray(frameBytes);
    }
    return found;
  }
}

function cut({ client, server }: Pair): void {
  client.destroy();
  server.destroy();
}
