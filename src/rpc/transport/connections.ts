import type { Server, Socket } from "node:net";
import type { Metrics } from "../../metrics.js";
import { addressBlock } from "../limits/address-block.js";
import { peerOf } from "../tls/listener-tls.js";
import type { RefusedConnection } from "../tls/refused-connections.js";

/** How many connections a listener holds open; 0 is no limit. */
export interface ConnectionLimits {
  readonly max: number;
  /** Of one IPv4 address, or of one IPv6 network of 64 bits. */
  readonly perAddressMax: number;
}

/** What the connections of a listener are held to, and who is told of them. */
export interface ConnectionsOptions {
  readonly listener: RefusedConnection["listener"];
  readonly limits: ConnectionLimits;
  readonly metrics: Pick<Metrics, "connectionsOpen">;
  /** Told of what is over a limit, with the variable that sets it as the problem. */
  readonly refused: (connection: RefusedConnection) => void;
}

/** The open connections of one listener. What is over its limits is closed at once. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #open = new Set<Socket>();
  readonly #byAddress = new Map<string, number>();

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** Comes before a server that has not begun to listen: what is over a limit never gets to it, not even to its TLS. */
  guard(server: Server): void {
    const takers = server.listeners("connection");
    server.removeAllListeners("connection");
    server.on("connection", (socket: Socket) => {
      if (this.#admit(socket)) for (const take of takers) take.call(server, socket);
    });
  }

  /** Ends what is left of them, in any state. */
  destroyAll(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #admit(socket: Socket): boolean {
    // Asked for once, the address is known even when the connection has ended.
    const address = addressBlock(socket.remoteAddress ?? "");
    const problem = this.#limitReached(address);
    if (problem !== null) {
      this.#options.refused({ listener: this.#options.listener, problem, peer: peerOf(socket) });
      socket.destroy();
      return false;
    }
    this.#open.add(socket);
    this.#count(address, 1);
    socket.once("close", () => {
      this.#open.delete(socket);
      this.#count(address, -1);
    });
    return true;
  }

  #limitReached(address: string): "CONNECTION_LIMIT" | "CONNECTION_LIMIT_PER_ADDRESS" | null {
    const { max, perAddressMax } = this.#options.limits;
    if (max > 0 && this.#open.size >= max) return "CONNECTION_LIMIT";
    const full = perAddressMax > 0 && this.#openOf(address) >= perAddressMax;
    return full ? "CONNECTION_LIMIT_PER_ADDRESS" : null;
  }

  #count(address: string, change: 1 | -1): void {
    const open = this.#openOf(address) + change;
    if (open === 0) this.#byAddress.delete(address);
    else this.#byAddress.set(address, open);
    this.#options.metrics.connectionsOpen.set({ listener: this.#options.listener }, this.#open.size);
  }

  #openOf(address: string): number {
    return this.#byAddress.get(address) ?? 0;
  }
}
