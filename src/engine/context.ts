import type { Database } from "../db/database.js";
import type { EngineLimits } from "./limits.js";
import type { EngineObserver } from "./observer.js";

/** What the transactions of the engine work with. */
export interface EngineContext {
  readonly database: Database;
  readonly limits: EngineLimits;
  readonly observer: EngineObserver;
}
