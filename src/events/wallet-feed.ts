import type { Pool } from "../db/pool.js";
import type { Source } from "./follow.js";
import type { FeedLimits } from "./limits.js";
import { placeOfVersion } from "./place.js";
import { readWalletEvents, type WalletEvent } from "./wallet-events.js";
import type { Watcher } from "./watcher.js";

/** A watched wallet: the version up to which its changes were handed out, and to whom. */
interface Channel {
  version: bigint;
  readonly watchers: Set<Watcher<WalletEvent>>;
}

/**
 * The changes of the wallets that somebody watches.
 *
 * A wallet's versions have no gaps, and it is locked until the change of a version is committed: whoever sees one
 * version sees all before it. So the version alone says what comes next.
 */
export class WalletFeed {
  readonly #reader: Pool;
  readonly #limits: FeedLimits;
  readonly #onNewWallet: () => void;
  readonly #channels = new Map<string, Channel>();

  /** @param onNewWallet called when a wallet must be read that the last reading knew nothing of. */
  constructor(reader: Pool, limits: FeedLimits, onNewWallet: () => void) {
    this.#reader = reader;
    this.#limits = limits;
    this.#onNewWallet = onNewWallet;
  }

  /** The stream of one wallet, for one watcher. Its places are the wallet's versions. */
  source(walletId: string): Source<WalletEvent> {
    const channels = this.#channels;
    // One who comes from far behind must not take the others of the wallet back there.
    let isUpToDate = false;
    return {
      get place() {
        const channel = channels.get(walletId);
        return channel === undefined ? null : placeOfVersion(channel.version);
      },
      join: (watcher, { position: version }) => {
        const known = channels.get(walletId);
        if (!isUpToDate || (known !== undefined && version < known.version)) return false;
        watcher.startAfter(placeOfVersion(version));
        if (known !== undefined) known.watchers.add(watcher);
        else {
          channels.set(walletId, { version, watchers: new Set([watcher]) });
          this.#onNewWallet();
        }
        return true;
      },
      leave: (watcher) => {
        const watchers = channels.get(walletId)?.watchers;
        watchers?.delete(watcher);
        if (watchers?.size === 0) channels.delete(walletId);
      },
      readAfter: async (place) => {
        const events: WalletEvent[] = [];
        const known = [{ walletId, version: place.position }];
        isUpToDate = true;
        for await (const page of readWalletEvents(this.#reader, known, this.#limits)) {
          events.push(...page.events);
          isUpToDate = page.complete;
        }
        return { events, place: events.at(-1)?.place ?? place };
      },
    };
  }

  /** Hands out what changed since the last reading. Returns whether that was all. */
  async read(): Promise<boolean> {
    if (this.#channels.size === 0) return true;
    const known = Array.from(this.#channels, ([walletId, { version }]) => ({ walletId, version }));
    let complete = true;
    for await (const page of readWalletEvents(this.#reader, known, this.#limits)) {
      for (const event of page.events) this.#handOut(event);
      complete &&= page.complete;
    }
    return complete;
  }

  #handOut(event: WalletEvent): void {
    const channel = this.#channels.get(event.walletId);
    const version = event.place.position;
    // While this was read, the last watcher may have left and another one have begun at another version.
    if (channel === undefined || version <= channel.version) return;
    if (event.kind === "change" && version !== channel.version + 1n) return;
    channel.version = version;
    for (const watcher of channel.watchers) watcher.offer(event);
  }
}
