import { beyondPeakEntry, upToPeakEntry } from "../open-loop/entries.js";
import { type Offered, type OpenLoop, offer, startOpenLoop } from "../open-loop/offer.js";
import { type Step, type Sweep, shares } from "../open-loop/sweep.js";
import type { Bench, Scenario } from "../report/scenario.js";
import { type Calls, measure, prove, type Subject, settle, startSubject, turnOf } from "../subject.js";

/** Callers do not wait for one another: what comes in a second does not depend on how fast the service answers. */
export const scenario: Scenario = {
  id: "i",
  name: "open-loop load from 10 % to 150 % of the measured peak",
  async run(bench) {
    bench.say(scenario.name);
    const subject = await startSubject(bench, { database: "i_service" });
    const open = startOpenLoop(bench);
    const closed: Calls = { traffic: "uniform", inFlight: 256 };
    await settle(bench, subject, closed);
    const sweeps: Sweep[] = [];
    while (sweeps.length < bench.effort.rounds) {
      const { perSecond: peak } = await measure(bench, subject, turnOf(bench, closed));
      bench.say(`round ${sweeps.length + 1}: the peak is ${Math.round(peak)} per second`);
      sweeps.push({ peak, steps: await sweep(bench, { open, subject, peak }) });
    }
    await prove(bench, subject);
    bench.say("every oracle holds, and the ledger holds every success that was seen, once");
    return [upToPeakEntry(sweeps), beyondPeakEntry(sweeps)];
  },
};

async function sweep(
  bench: Bench,
  { open, subject, peak }: { open: OpenLoop; subject: Subject; peak: number },
): Promise<Step[]> {
  const { measuredMs } = bench.effort;
  const steps: Step[] = [];
  for (const share of shares) {
    // The warm-up is so long that a queue which grows has grown when it is measured.
    const order = { perSecond: share * peak, warmUpMs: measuredMs / 2, measuredMs };
    const offered = await offer(bench, { open, subject }, order);
    steps.push({ share, offered });
    bench.say(lineOf(share, offered));
  }
  return steps;
}

function lineOf(share: number, { goodPerSecond, shedPerSecond, goodMs, shedMs }: Offered): string {
  const percent = `${Math.round(share * 100)} %`.padStart(7);
  const good = `${percent}: ${Math.round(goodPerSecond)} per second done, p99 ${goodMs.p99.toFixed(0)} ms`;
  if (shedPerSecond === 0) return good;
  return `${good}; ${Math.round(shedPerSecond)} refused, p99 ${shedMs.p99.toFixed(0)} ms`;
}
