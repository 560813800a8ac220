// How long ListAuditEntries takes with each of its filters alone, and by which plan: `npm run bench:audit`. It makes a
// ledger and a million audit entries by SQL first (some two minutes on two slow cores); `-- 100000` makes fewer.
import pg from "pg";
import { listAuditEntries } from "../src/db/audit-entries.js";
import type { AuditQuery } from "../src/db/audit-statement.js";
import { closeDatabase, openDatabase } from "../src/db/database.js";
import type { Pool } from "../src/db/pool.js";
import { holderWalletId, systemWalletId } from "../src/ledger/wallet.js";
import { databaseOptions } from "../test/support/engine.js";
import { asset, type LargeLedger, makeLargeLedger } from "./reads/ledger.js";
import { plansOf } from "./reads/plans.js";

const callsEach = 50;
const pageSize = 50;
/** Seven of ten entries are of movements; the others are reads, refusals and acts. */
const movementShare = 0.7;

const entriesSql = `
insert into audit_log (id, kind, caller, remote_address, method, error_reason, holder_ids, wallet_ids, transaction_id,
  resource_id, request_id, create_time)
select id, 'MOVEMENT', case when i % 5000 = 1 then 'wallet|holder|h' || i % 997 else 'wallet|service|shop-' || i % 4 end,
  '192.0.2.' || i % 200, 'wallet.v1.WalletService/' || case when i % 10 = 0 then 'TopUp' else 'Transfer' end, null, null,
  null, id, '', 'request-' || id, create_time
from (select t.id, t.create_time, row_number() over (order by t.id) as i from transactions t) as moved
union all
select (lpad(to_hex(($2::float8 + i * $3::float8)::bigint), 12, '0') || '7fff9' || lpad(to_hex(i), 15, '0'))::uuid,
  case when i % 100 = 7 then 'ADMINISTRATION' when i % 5 = 3 then 'REFUSAL' else 'READ' end,
  case when i % 20000 = 7 then 'wallet|operator|olga' else 'wallet|service|shop-' || i % 4 end,
  '192.0.2.' || i % 200,
  'wallet.v1.' || case when i % 20000 = 7 then 'AdminService/FreezeWallet' else 'WalletService/GetBalance' end,
  case when i % 100 = 7 then null when i % 5000 = 13 then 'ROLE_REQUIRED' when i % 5 = 3 then 'INVALID_FIELD' end,
  array['h' || i % 10000], array[(select w.id from wallets w where w.holder_id = 'h' || i % 10000 limit 1)],
  null, '', 'other-' || i, to_timestamp(($2::float8 + i * $3::float8) / 1000)
from generate_series(0, $1::bigint - 1) as i
order by 1`;

const began = performance.now();
const seconds = () => `${Math.round((performance.now() - began) / 1_000)} s`;
const progress = (done: string) => console.log(`  ${done} (${seconds()})`);
const entries = Number(process.argv[2] ?? 1_000_000);
console.log(`making ${entries.toLocaleString("en-US")} audit entries`);
const ledger = await makeLargeLedger(2 * Math.round(entries * movementShare), progress);
try {
  await makeEntries(ledger, Math.round(entries * (1 - movementShare)));
  await measure(ledger);
} finally {
  await ledger.database.stop();
}

async function makeEntries({ database, startMs, endMs }: LargeLedger, others: number): Promise<void> {
  const client = new pg.Client({ connectionString: database.ownerUrl });
  await client.connect();
  try {
    // In order of time, as they come to be: the ranges of the table are what its block range index is about.
    await client.query(entriesSql, [others, startMs, (endMs - startMs) / others]);
    progress("audit entries");
    await client.query("vacuum analyze audit_log");
    progress("statistics");
  } finally {
    await client.end();
  }
}

async function measure(large: LargeLedger): Promise<void> {
  const database = await openDatabase(databaseOptions(large.database.url));
  try {
    const queries = Object.entries(await queriesOf(database.reader, large));
    const plans: string[] = [];
    console.log(`\n${"milliseconds".padEnd(58)}     p50     max`);
    for (const [name, query] of queries) {
      const read = (reader: Pool) => listAuditEntries(reader, query);
      const times = await timesOf(() => read(database.reader));
      const [middle = 0, last = 0] = [times[callsEach / 2], times.at(-1)];
      console.log(`${name.padEnd(58)}${[middle, last].map((time) => time.toFixed(1).padStart(8)).join("")}`);
      plans.push(`\n${name}\n${(await plansOf(database.reader, read)).join("\n")}`);
    }
    for (const plan of plans) console.log(plan);
  } finally {
    await closeDatabase(database);
  }
}

async function timesOf(read: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < callsEach; i++) {
    const start = performance.now();
    await read();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b);
}

async function queriesOf(reader: Pool, { startMs, endMs }: LargeLedger): Promise<Record<string, AuditQuery>> {
  const all: AuditQuery = {
    kind: null,
    caller: null,
    holder: null,
    walletId: null,
    transactionId: null,
    method: null,
    errorReason: null,
    requestId: null,
    start: null,
    end: null,
    afterId: null,
    limit: pageSize + 1,
  };
  const middle = BigInt(Math.round((startMs + endMs) / 2)) * 1_000n;
  const [some] = await listAuditEntries(reader, { ...all, kind: "MOVEMENT", end: middle });
  const wallet = (holder: string) => holderWalletId(asset, holder);
  return {
    all: all,
    "kind MOVEMENT": { ...all, kind: "MOVEMENT" },
    "kind READ": { ...all, kind: "READ" },
    "kind ADMINISTRATION": { ...all, kind: "ADMINISTRATION" },
    "caller, a frequent one": { ...all, caller: "wallet|service|shop-1" },
    "caller, a rare one": { ...all, caller: "wallet|operator|olga" },
    "caller, one that there is not": { ...all, caller: "wallet|operator|nobody" },
    holder: { ...all, holder: { id: "h77", walletIds: [wallet("h77")] } },
    wallet: { ...all, walletId: wallet("h77") },
    "wallet, the busiest": { ...all, walletId: systemWalletId(asset, "TREASURY") },
    transaction: { ...all, transactionId: some?.transactionId ?? "" },
    "method, a frequent one": { ...all, method: "wallet.v1.WalletService/Transfer" },
    "method, a rare one": { ...all, method: "wallet.v1.AdminService/FreezeWallet" },
    "error reason, a frequent one": { ...all, errorReason: "INVALID_FIELD" },
    "error reason, a rare one": { ...all, errorReason: "ROLE_REQUIRED" },
    "error reason, one that there is not": { ...all, errorReason: "JOB_STATE" },
    request: { ...all, requestId: some?.requestId ?? "" },
    "start time": { ...all, start: middle },
    "end time": { ...all, end: middle },
  };
}
