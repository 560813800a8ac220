import type { Socket } from "node:net";
import type { Metrics } from "../../metrics.js";
import { addressBlock } from "../limits/address-block.js";

/** How many connections a listener holds open; 0 is no limit. */
export interface ConnectionLimits {
  readonly max: number;
  /** Of one IPv4 address, or of one IPv6 network of 64 bits. */
  readonly perAddressMax: number;
}

/** Counts the connections of one listener, and closes at once what is over its limits. */
export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #listener: string;
  readonly #metrics: Metrics;
  readonly #byAddress = new Map<string, number>();
  #open = 0;

  /** @param listener its name in the metrics. */
  constructor(listener: string, limits: ConnectionLimits, metrics: Metrics) {
    this.#listener = listener;
    this.#limits = limits;
    this.#metrics = metrics;
  }

  /** Takes up a connection that was just accepted and says so, or closes it. */
  admit(socket: Socket): boolean {
    const address = addressBlock(socket.remoteAddress ?? "");
    const limit = this.#limitReached(address);
    if (limit !== null) {
      this.#metrics.connectionsRefused.inc({ listener: this.#listener, limit });
      socket.destroy();
      return false;
    }
    this.#count(address, 1);
    socket.once("close", () => this.#count(address, -1));
    return true;
  }

  #limitReached(address: string): "all" | "address" | null {
    const { max, perAddressMax } = this.#limits;
    if (max > 0 && this.#open >= max) return "all";
    return perAddressMax > 0 && this.#openOf(address) >= perAddressMax ? "address" : null;
  }

  #count(address: string, change: 1 | -1): void {
    this.#open += change;
    const open = this.#openOf(address) + change;
    if (open === 0) this.#byAddress.delete(address);
    else this.#byAddress.set(address, open);
    this.#metrics.connectionsOpen.set({ listener: this.#listener }, this.#open);
  }

  #openOf(address: string): number {
    return this.#byAddress.get(address) ?? 0;
  }
}
