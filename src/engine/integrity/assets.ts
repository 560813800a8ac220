import { findWrongSums } from "../../db/integrity/assets.js";
import type { Phase } from "./phase.js";

/** Verifies the sums of each asset, with what the transactions before have come to. */
export const assetPhase: Phase = {
  name: "assets",
  step: async ({ session, run, tally }) => ({
    findings: await findWrongSums(session, run.id, tally.deposits),
    through: null,
  }),
};
