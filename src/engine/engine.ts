import type { Database } from "../db/database.js";
import { Acts } from "./acts.js";
import { IntegrityChecks } from "./integrity/checks.js";
import { defaultIntegrityLimits } from "./integrity/limits.js";
import type { EngineLimits } from "./limits.js";
import { type EngineObserver, unobserved } from "./observer.js";
import { Poster } from "./poster.js";

/** What works on the ledger: the poster moves value, the acts do everything else, and the checks prove it sound. */
export interface Engine {
  readonly database: Database;
  readonly limits: EngineLimits;
  readonly poster: Poster;
  readonly acts: Acts;
  readonly integrity: IntegrityChecks;
}

/** @param trustedKeyIds the keys that checkpoints may be signed with; empty when that is not known. */
export function makeEngine(
  database: Database,
  limits: EngineLimits,
  observer: EngineObserver = unobserved,
  trustedKeyIds: readonly string[] = [],
): Engine {
  return {
    database,
    limits,
    poster: new Poster({ database, limits, observer }),
    acts: new Acts({ database, limits, observer }),
    integrity: new IntegrityChecks(database.reader, limits, defaultIntegrityLimits, trustedKeyIds),
  };
}
