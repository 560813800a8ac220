// What a check of the whole ledger costs those who transfer meanwhile: `npm run bench:integrity`. It makes a ledger of ten
// million postings by SQL first, then 256 callers transfer, in turns without and with a check that runs beside them.
// `npm run bench:integrity -- 100000` makes a smaller ledger; `--seconds=5` makes the turns shorter.

import { addHolders } from "../test/support/engine.js";
import { tokenFor } from "../test/support/service.js";
import { Checking, checkOnce } from "./checking.js";
import { printed, spreadOf } from "./figures.js";
import { fundHolders } from "./fund.js";
import { type LoadResult, startLoadGenerator } from "./load/load.js";
import { adminClient } from "./reads/client.js";
import { makeLargeLedger, spareUnits } from "./reads/ledger.js";
import { startServer } from "./server.js";

const rounds = 3;
const turnsBeside = 6;
/** How many postings lie between two lines that tell how far the check is. */
const progressPostings = 500_000n;
const inFlight = 256;
const ratioMax = 2;

const began = performance.now();
const elapsed = () => `${Math.round((performance.now() - began) / 1_000)} s`;
const [sizeText = "10000000"] = process.argv.slice(2).filter((text) => !text.startsWith("--"));
const seconds = Number(/--seconds=(\d+)/.exec(process.argv.join(" "))?.[1] ?? 20);
console.log(`making ${Number(sizeText).toLocaleString("en-US")} postings`);
const ledger = await makeLargeLedger(Number(sizeText), (done) => console.log(`  ${done} (${elapsed()})`));
const undo: (() => Promise<unknown>)[] = [ledger.database.stop];
try {
  await fundHolders(ledger.database.url, { units: spareUnits, give: addHolders });
  await measure(ledger.database.url);
} finally {
  for (const step of undo.splice(0).reverse()) await step();
}

async function measure(url: string): Promise<void> {
  const service = await startServer(url);
  undo.push(service.stop);
  const load = startLoadGenerator();
  undo.push(load.stop);
  const token = await tokenFor("service");
  const admin = adminClient(service.grpcPort, await tokenFor("auditor"));
  const turn = (name: string): Promise<LoadResult> =>
    load.run({
      port: service.grpcPort,
      token,
      traffic: "uniform",
      inFlight,
      warmUpMs: 2_000,
      measuredMs: seconds * 1_000,
      keyPrefix: name,
    });
  await turn("settling");
  const ratios: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const without = await turn(`without-${round}`);
    const checking = new Checking(admin);
    const beside = await turn(`beside-${round}`);
    const verified = await checking.stop();
    ratios.push(beside.latencyMs.p99 / without.latencyMs.p99);
    console.log(`round ${round}  without a check  ${lineOf(without)}`);
    console.log(
      `         beside a check   ${lineOf(beside)}; it verified ${verified.toLocaleString("en-US")} postings`,
    );
  }
  const ratio = spreadOf(ratios);
  console.log(`p99 beside a check to p99 without: ${printed(ratio, 2)}; wanted: at most ${ratioMax}`);
  if (ratio.median > ratioMax) process.exitCode = 1;
  await checkWhole(admin, turn);
}

/**
 * A check from its beginning to its end, while 256 callers transfer. On a machine of two cores they leave it so little that
 * it would take hours: they stop after some turns, and it goes on to the end of what it has captured under load.
 */
async function checkWhole(
  admin: ReturnType<typeof adminClient>,
  turn: (name: string) => Promise<LoadResult>,
): Promise<void> {
  console.log(`a whole check, with 256 callers who transfer for its first ${turnsBeside * seconds} seconds`);
  const startedMs = performance.now();
  let saidAt = 0n;
  const checking = checkOnce(admin, new AbortController().signal, (checked) => {
    if (checked - saidAt < progressPostings) return;
    saidAt = checked;
    console.log(`  ${checked.toLocaleString("en-US")} postings verified (${elapsed()})`);
  });
  const turns: LoadResult[] = [];
  while (turns.length < turnsBeside) turns.push(await turn(`whole-${turns.length}`));
  const { ok, findingCount, postingCount } = await checking;
  const minutes = (performance.now() - startedMs) / 60_000;
  const p99 = printed(spreadOf(turns.map(({ latencyMs }) => latencyMs.p99)));
  console.log(
    `transfers at that time: ${printed(spreadOf(turns.map(({ perSecond }) => perSecond)))} per second, p99 ${p99} ms`,
  );
  console.log(
    `verified ${postingCount.toLocaleString("en-US")} postings in ${minutes.toFixed(1)} minutes; verdict ${ok ? "ok" : `${findingCount} findings`}`,
  );
  if (!ok) process.exitCode = 1;
}

function lineOf({ perSecond, latencyMs, failures }: LoadResult): string {
  const failed = Object.entries(failures)
    .slice(0, 3)
    .map(([message, count]) => `, ${count} times: ${message}`);
  return `${Math.round(perSecond)} per second, p50 ${latencyMs.p50.toFixed(0)} ms, p99 ${latencyMs.p99.toFixed(0)} ms${failed.join("")}`;
}
