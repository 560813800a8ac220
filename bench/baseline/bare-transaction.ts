// One durable transaction after the other on one connection, with no more round trips than the service's batch has: the
// least that a transfer could take. It does the row updates of a transfer and nothing else: no key, no postings, no
// outbox, no audit, and nobody calls it. In a process of its own, which ends when its parent does.
import pg from "pg";
import { answerOrders, type Cost } from "../load/answer.js";
import { type Latency, latencyOf } from "../load/latency.js";

/** How long to run, on which database. */
export interface BareOrder {
  readonly url: string;
  /** The wallets that value moves between, any two of them. */
  readonly walletIds: readonly string[];
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

/** What it came to. */
export interface BareResult extends Cost {
  /** Transactions that were committed, those of the warm-up included. */
  readonly committed: number;
  readonly latencyMs: Latency;
}

const lock = {
  name: "lock",
  text: "select id, balance, version from wallets where id = any($1::uuid[]) order by id for update",
};
const write = {
  name: "write",
  text: `update wallets w set balance = balance + m.amount, version = version + 1, update_time = now()
         from (values ($1::uuid, $2::bigint), ($3, $4)) as m (id, amount) where w.id = m.id`,
};

async function run({
  url,
  walletIds,
  warmUpMs,
  measuredMs,
}: BareOrder): Promise<Omit<BareResult, keyof Cost>> {
  const client = new pg.Client({ connectionString: url, pipeline: true });
  await client.connect();
  const latencies: number[] = [];
  let committed = 0;
  const measuredFrom = performance.now() + warmUpMs;
  const measuredTo = measuredFrom + measuredMs;
  while (performance.now() < measuredTo) {
    const from = Math.floor(Math.random() * walletIds.length);
    const to = (from + 1 + Math.floor(Math.random() * (walletIds.length - 1))) % walletIds.length;
    const startedAt = performance.now();
    await move(client, walletIds[from] ?? "", walletIds[to] ?? "");
    const endedAt = performance.now();
    committed++;
    if (startedAt >= measuredFrom) latencies.push(endedAt - startedAt);
  }
  await client.end();
  return { committed, latencyMs: latencyOf(latencies) };
}

/** Two round trips: what is sent together is answered together. */
async function move(client: pg.Client, from: string, to: string): Promise<void> {
  const began = client.query("begin");
  const { rowCount } = await client.query({ ...lock, values: [[from, to]] });
  await began;
  if (rowCount !== 2) throw new Error(`${rowCount} wallets of two are there`);
  const written = client.query({ ...write, values: [from, -1, to, 1] });
  const { command } = await client.query("commit");
  await written;
  if (command !== "COMMIT") throw new Error(`the database answered ${command} to a commit`);
}

answerOrders<BareOrder, BareResult>(run);
