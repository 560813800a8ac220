import { parseArgs } from "node:util";
import { Caller } from "../support/caller.js";
import { expectOracles } from "../support/oracles.js";
import { startPostgres, stopPostgres, testDatabase } from "../support/postgres.js";
import { startService, tokenFor } from "../support/service.js";
import type { CommandKind } from "./command.js";
import { generators } from "./generate/generators.js";
import { runHistories } from "./histories.js";

/** The full run: `npm run test:model -- [--seed S] [--sequences 1000] [--steps 200] [--sequence N]`. */
const { values } = parseArgs({
  options: {
    seed: { type: "string", default: `${Math.floor(Math.random() * 2 ** 31)}` },
    sequences: { type: "string", default: "1000" },
    steps: { type: "string", default: "200" },
    sequence: { type: "string" },
  },
});

const seed = Number(values.seed);
const length = Number(values.steps);
const single = values.sequence === undefined ? undefined : Number(values.sequence);
const count = single === undefined ? Number(values.sequences) : 1;
const sequences = single === undefined ? Array.from({ length: count }, (_, index) => index + 1) : [single];
console.log(`Random histories: seed ${seed}, ${count} sequences of ${length} steps.`);

const started = Date.now();
let shown = 0;
await startPostgres();
try {
  const database = await testDatabase();
  const service = await startService({ env: { DATABASE_URL: database.url } });
  const caller = new Caller({ port: service.grpcPort, token: await tokenFor("admin"), connections: 8 });
  try {
    const { tally, unserved, failures } = await runHistories(
      { caller, ownerUrl: database.ownerUrl },
      { seed, sequences, length, onProgress: showProgress },
    );
    console.log(`${tally}`);
    for (const failure of failures) console.error(`\n${failure}`);
    await expectOracles(database.url);
    const gaps =
      single === undefined
        ? [
            ...unserved.map((kind) => `${kind} is not served`),
            ...tally.missing(Object.keys(generators) as CommandKind[]),
          ]
        : [];
    for (const gap of gaps) console.error(gap);
    process.exitCode = failures.length + gaps.length > 0 ? 1 : 0;
  } finally {
    caller.close();
    await service.stop();
  }
} finally {
  await stopPostgres();
}

/** A line at every tenth of the way, and at least every half minute. */
function showProgress(done: number): void {
  const elapsed = Date.now() - started;
  if (elapsed - shown < 30_000 && done < count) return;
  shown = elapsed;
  console.log(`${done} of ${count} sequences, ${Math.round(elapsed / 1_000)} s`);
}
