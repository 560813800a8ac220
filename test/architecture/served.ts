import type { Engine } from "../../src/engine/engine.js";
import type { Feed } from "../../src/events/feed.js";
import { makeHandlers } from "../../src/rpc/handlers.js";
import type { RateLimits } from "../../src/rpc/limits/rate-limits.js";

/** The RPCs of both services that answer, as the contract names them. */
export function servedRpcs(): string[] {
  const engine = { database: { reader: {} }, limits: {}, poster: {}, acts: {} } as Engine;
  const options = { rates: {} as RateLimits, onAccepted: () => {}, checkpointer: null };
  const { wallet, admin } = makeHandlers(engine, {} as Feed, options);
  return [...Object.keys(wallet), ...Object.keys(admin)].map((name) =>
    name.replace(/^./, (letter) => letter.toUpperCase()),
  );
}
