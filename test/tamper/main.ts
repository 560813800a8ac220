import { parseArgs } from "node:util";
import { Random } from "../model/random.js";
import { startPostgres, stopPostgres } from "../support/postgres.js";
import { runCampaign } from "./campaign.js";
import { kinds } from "./kinds/all.js";
import { makeLedger } from "./ledger.js";

/** The full run: `npm run test:tamper -- [--seed S] [--count 1000] [--postings 100000] [--batch 20] [--case N]`. */
const { values } = parseArgs({
  options: {
    seed: { type: "string", default: `${Math.floor(Math.random() * 2 ** 31)}` },
    count: { type: "string", default: "1000" },
    postings: { type: "string", default: "100000" },
    batch: { type: "string", default: "20" },
    case: { type: "string" },
  },
});

const seed = Number(values.seed);
const single = values.case === undefined ? undefined : Number(values.case);
const [count, postings, batch] = [Number(values.count), Number(values.postings), Number(values.batch)];
const size = { postings, holders: Math.max(60, Math.round(postings / 500)), pairs: 12 };
const started = Date.now();
let shown = started;

console.log(
  `Tampering: seed ${seed}, ${count} tamperings of ${kinds.size} kinds, ${batch} at a time, ${postings} postings.`,
);
await startPostgres();
try {
  const database = await makeLedger(new Random(seed, 0), size, (made) => {
    if (Date.now() - shown > 2_000) print(`${made} of ${postings} postings made`);
  });
  print(`the ledger is there, with ${postings} postings of ${size.holders} holders`);
  const { located, failures, checkMs } = await runCampaign(database, {
    seed,
    count,
    batch,
    single,
    onProgress: (done) => {
      if (Date.now() - shown > 10_000 || done === count) print(`${done} of ${count} tamperings`);
    },
  });
  for (const [kind, times] of [...located].sort()) console.log(`  ${`${times}`.padStart(4)}  ${kind}`);
  const found = [...located.values()].reduce((sum, times) => sum + times, 0);
  console.log(
    `${found} of ${single === undefined ? count : 1} tamperings found and located; a check of the whole ledger took ${Math.round(checkMs)} ms.`,
  );
  for (const failure of failures) console.error(failure);
  if (failures.length > 0) console.error(`Again: --seed ${seed}, with --case and the number of one alone.`);
  process.exitCode = failures.length > 0 ? 1 : 0;
} finally {
  await stopPostgres();
}

/** A line with the time since the start. */
function print(text: string): void {
  shown = Date.now();
  console.log(`${`${Math.round((shown - started) / 1_000)}`.padStart(5)} s  ${text}`);
}
