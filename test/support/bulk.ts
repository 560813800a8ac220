import type { Bulk } from "../../src/ledger/bulk.js";
import type { Command } from "../../src/ledger/command.js";
import { fingerprintOf } from "../../src/ledger/fingerprint.js";
import { claimOf, freshKey } from "./engine.js";

/** Commands that are decided together, under a key of their own. */
export function bulkOf(
  commands: readonly Command[],
  {
    key = freshKey(),
    atomic = true,
    validateOnly = false,
  }: { key?: string; atomic?: boolean; validateOnly?: boolean } = {},
): Bulk {
  const items = commands.map(({ claim }) => [claim.key, claim.fingerprint.toString("hex")] as const);
  const claim = claimOf(key, fingerprintOf("bulk", [[1, items]]));
  return {
    claim,
    atomic,
    validateOnly,
    commands: commands.map((command) => ({
      ...command,
      claim: { ...command.claim, batchId: validateOnly ? null : claim.operationId },
    })),
  };
}
