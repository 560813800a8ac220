// How long a whole ledger takes to export and to replay, and how much memory: `npm run bench:recovery`. The ledger is made
// by the posting engine, so that everything in it is real: 1,000,000 postings take some minutes on two slow cores;
// `npm run bench:recovery -- 50000` makes fewer.
import { randomUUID } from "node:crypto";
import { rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrateUp } from "../src/db/schema.js";
import { startTemporary } from "../src/embedded/temporary.js";
import { fillLedger } from "./recovery/ledger.js";
import { type Measured, runMeasured } from "./recovery/measured.js";

const postings = Number(process.argv[2] ?? 1_000_000);
const file = join(tmpdir(), `wallet-bench-${randomUUID()}.ndjson`);
const figure = (value: number) => Math.round(value).toLocaleString("en-US");

const [source, target] = [await startTemporary(), await startTemporary()];
try {
  console.log(`making ${figure(postings)} postings`);
  await migrateUp(source.ownerUrl, "wallet_service");
  await fillLedger(source.url, postings, (done) => console.log(`  ${figure(done)} postings`));
  const wallet = ["dist/src/main.js"];
  const exported = await runMeasured([...wallet, "export", "--output", file], databaseOf(source));
  const { size } = await stat(file);
  const replayed = await runMeasured([...wallet, "replay", file], databaseOf(target));
  console.log(`\n${replayed.stdout}`);
  console.log(`${"".padEnd(10)}${["seconds", "postings/s", "MiB/s", "peak MiB"].map(cell).join("")}`);
  print("export", exported, size);
  print("replay", replayed, size);
  console.log(`\nthe file has ${figure(size / 2 ** 20)} MiB, ${figure(size / postings)} bytes a posting`);
  if (
    exported.code !== 0 ||
    replayed.code !== 0 ||
    !replayed.stdout.includes("The rebuilt ledger is equal")
  ) {
    console.error(`${exported.stderr}\n${replayed.stderr}\nThe replayed ledger is NOT equal.`);
    process.exitCode = 1;
  }
} finally {
  await Promise.all([source.stop(), target.stop()]);
  await rm(file, { force: true });
}

function print(name: string, { seconds, peakBytes }: Measured, bytes: number): void {
  const figures = [
    seconds.toFixed(1),
    figure(postings / seconds),
    figure(bytes / 2 ** 20 / seconds),
    figure(peakBytes / 2 ** 20),
  ];
  console.log(`${name.padEnd(10)}${figures.map(cell).join("")}`);
}

function cell(text: string): string {
  return text.padStart(12);
}

function databaseOf({ url, ownerUrl }: { url: string; ownerUrl: string }): Record<string, string> {
  return {
    DATABASE_URL: url,
    DATABASE_OWNER_URL: ownerUrl,
    JWT_SECRET: "a secret of the benchmark, long enough",
  };
}
