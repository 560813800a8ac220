import { forgetCaptured, forgetRuns } from "../../db/integrity/runs.js";
import type { Phase } from "./phase.js";

const dayMicros = 86_400_000_000n;

/** How long a check that was cut off can be gone on with, from the last place that it has reached. */
const capturedMicros = dayMicros;

/** How long the result of a check is kept. */
const resultMicros = 400n * dayMicros;

/** Forgets what earlier checks have kept and nobody needs any more. */
export const cleanupPhase: Phase = {
  name: "cleanup",
  step: async ({ session, run, size }) => {
    const more = await forgetCaptured(session, { before: run.snapshotTime - capturedMicros, limit: size });
    await forgetRuns(session, { before: run.snapshotTime - resultMicros, limit: size });
    return { findings: [], through: more ? [] : null };
  },
};
