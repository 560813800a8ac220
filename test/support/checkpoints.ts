import { Checkpointer } from "../../src/engine/checkpoints.js";
import type { Engine } from "../../src/engine/engine.js";
import { IntegrityChecks } from "../../src/engine/integrity/checks.js";
import { defaultIntegrityLimits } from "../../src/engine/integrity/limits.js";
import { defaultEngineLimits } from "../../src/engine/limits.js";
import type { Checkpoint } from "../../src/ledger/checkpoint.js";
import { claimOf, freshKey, type TestEngine } from "./engine.js";
import { newCheckpointKey } from "./proofs.js";

/** The key that the tests seal with. */
export const checkpointKey = newCheckpointKey();

/** What makes checkpoints for one process of the service. */
export function checkpointerOf(engine: TestEngine): Checkpointer {
  return new Checkpointer(engineOf(engine), checkpointKey);
}

/** The engine as the service's own parts take it. */
export function engineOf({ database, poster, acts }: TestEngine): Engine {
  const limits = defaultEngineLimits;
  const integrity = new IntegrityChecks(database.reader, limits, defaultIntegrityLimits);
  return { database, poster, acts, limits, integrity };
}

/** Makes a checkpoint, under a key of its own unless one is given. */
export async function sealLedger(checkpointer: Checkpointer, key = freshKey()): Promise<Checkpoint> {
  return (await checkpointer.create({ claim: claimOf(key), deadlineMs: undefined })).result;
}
