// How long reads take on a large ledger, one caller at a time, over gRPC: `npm run bench:reads`. It makes ten million
// postings by SQL first (some ten minutes on two slow cores); `npm run bench:reads -- 100000` makes fewer.
import { closeDatabase, openDatabase } from "../src/db/database.js";
import { lastPostingAt, listPostings } from "../src/db/postings.js";
import { listTransactions } from "../src/db/transaction-list.js";
import { listWallets, type WalletQuery } from "../src/db/wallets.js";
import { systemWalletId } from "../src/ledger/wallet.js";
import { allTransactions } from "../test/support/all-transactions.js";
import { databaseOptions } from "../test/support/engine.js";
import { tokenFor } from "../test/support/service.js";
import { printed, spreadOf } from "./figures.js";
import { Connection } from "./load/connection.js";
import { pathOfMethod } from "./load/frames.js";
import { walletClient } from "./reads/client.js";
import { productionMemory, readIntoMemory } from "./reads/in-memory.js";
import { asset, type LargeLedger, makeLargeLedger } from "./reads/ledger.js";
import { plansOf } from "./reads/plans.js";
import { type ReadKind, readKinds } from "./reads/queries.js";
import { startServer } from "./server.js";

/** Every kind is measured once in each, so that what the machine does meanwhile is no single one's share. */
const rounds = 3;
const callsEach = 1_000;
/** Of each kind before the first is measured, for a service that has just started is not what is measured; and right before. */
const warmUpCalls = { first: 500, each: 200 };
const p99MsMax = 10;
/** After so many calls this process collects its garbage, between two calls: during one it would be measured. */
const callsBetweenCollections = 20;

const began = performance.now();
const progress = (done: string) =>
  console.log(`  ${done} (${Math.round((performance.now() - began) / 1_000)} s)`);
const postings = Number(process.argv[2] ?? 10_000_000);
console.log(`making ${postings.toLocaleString("en-US")} postings`);
const ledger = await makeLargeLedger(postings, progress, productionMemory);
try {
  const read = await readIntoMemory(ledger.database.superuserUrl);
  progress(`${read} MB read into memory, with room for ${productionMemory.shared_buffers}`);
  await measure(ledger);
  await printPlans(ledger);
} finally {
  await ledger.database.stop();
}

async function measure(large: LargeLedger): Promise<void> {
  const service = await startServer(large.database.url);
  try {
    const token = await tokenFor("service");
    const kinds = await readKinds(walletClient(service.grpcPort, token), large);
    const connection = new Connection(service.grpcPort, token);
    for (const kind of kinds) await timesOf(connection, kind, warmUpCalls.first);
    progress("warmed up");
    const measured = kinds.map(({ name }) => ({ name, p50: [] as number[], p99: [] as number[] }));
    for (let round = 1; round <= rounds; round++) {
      for (const [index, kind] of kinds.entries()) {
        await timesOf(connection, kind, warmUpCalls.each);
        const sorted = await timesOf(connection, kind, callsEach);
        measured[index]?.p50.push(sorted[callsEach / 2] ?? 0);
        measured[index]?.p99.push(sorted[callsEach * 0.99] ?? 0);
      }
      progress(`round ${round} of ${rounds}`);
    }
    connection.close();
    console.log(`\n${"milliseconds, median of the rounds".padEnd(58)}  p50   p99 (lowest to highest)`);
    for (const kind of measured) print(kind);
  } finally {
    await service.stop();
  }
}

/** From the request that is ready to be sent to the end of the answer, which is not decoded here. */
async function timesOf(
  connection: Connection,
  { name, method, frame }: ReadKind,
  calls: number,
): Promise<number[]> {
  const path = pathOfMethod(method);
  const times: number[] = [];
  for (let i = 0; i < calls; i++) {
    const request = frame();
    const start = performance.now();
    const { code, message } = await connection.call(path, request);
    times.push(performance.now() - start);
    if (code !== 0) throw new Error(`${name} failed with ${code}: ${message}`);
    if (i % callsBetweenCollections === 0) globalThis.gc?.({ type: "minor" });
  }
  return times.sort((a, b) => a - b);
}

function print({ name, p50, p99 }: { name: string; p50: readonly number[]; p99: readonly number[] }): void {
  const slow = spreadOf(p99);
  const late = slow.median > p99MsMax;
  if (late) process.exitCode = 1;
  const figures = `${spreadOf(p50).median.toFixed(1).padStart(5)} ${printed(slow, 1).padStart(19)}`;
  console.log(`${name.padEnd(58)}${figures}${late ? `  wanted: ${p99MsMax}` : ""}`);
}

/** The plans of the statements behind the reads, run once each. */
async function printPlans({ database: { url }, endMs }: LargeLedger): Promise<void> {
  const database = await openDatabase(databaseOptions(url));
  const busiest = systemWalletId(asset, "TREASURY");
  const day = {
    start: BigInt(endMs - 22 * 86_400_000) * 1_000n,
    end: BigInt(endMs - 21 * 86_400_000) * 1_000n,
  };
  const systemWallets: WalletQuery = {
    holderId: null,
    asset,
    status: null,
    systemRole: "TREASURY",
    after: null,
    limit: 51,
  };
  const reads: Record<string, Parameters<typeof plansOf>[1]> = {
    "ListTransactions, all": (reader) => listTransactions(reader, allTransactions),
    "ListTransactions, the busiest wallet": (reader) =>
      listTransactions(reader, { ...allTransactions, walletIds: [busiest] }),
    "ListTransactions, a day three weeks ago": (reader) =>
      listTransactions(reader, { ...allTransactions, ...day }),
    "ListPostings, the busiest wallet": (reader) =>
      listPostings(reader, { walletId: busiest, above: 0n, below: null, limit: 51 }),
    "ListWallets, system wallets": (reader) => listWallets(reader, systemWallets),
    "GetBalance, as_of_time": (reader) => lastPostingAt(reader, busiest, day.start),
  };
  try {
    for (const [name, read] of Object.entries(reads)) {
      console.log(`\n${name}\n${(await plansOf(database.reader, read)).join("\n")}`);
    }
  } finally {
    await closeDatabase(database);
  }
}
