import { expect } from "chai";
import pg from "pg";
import { holderWalletId } from "../../src/ledger/wallet.js";
import type { BareOrder, BareResult } from "../baseline/bare-transaction.js";
import { phasesOf } from "../explained.js";
import { middleOf, ratioOf, spreadOf } from "../figures.js";
import { asset, holders } from "../load/frames.js";
import { startWorker } from "../load/worker.js";
import type { Entry } from "../report/entry.js";
import type { Bench, Scenario } from "../report/scenario.js";
import { type Calls, type Measured, measure, prove, settle, startSubject, turnOf } from "../subject.js";

/** One after the other, so that a slow moment of the machine hits both. */
interface Round {
  readonly service: Measured;
  readonly bare: BareResult;
}

const name = "one caller, p50 of a unary Transfer";
const atMost = 1.5;

/** Nobody else is there to share a batch with: what counts is how short the way is. */
export const scenario: Scenario = {
  id: "d",
  name,
  async run(bench) {
    bench.say(name);
    return [entryOf(await roundsOf(bench))];
  },
};

async function roundsOf(bench: Bench): Promise<Round[]> {
  const { settleMs, warmUpMs, measuredMs, rounds: count } = bench.effort;
  const subject = await startSubject(bench, { database: "d_service" });
  const bareUrl = await bench.databases.copy("d_bare");
  const bare = startWorker<BareOrder, BareResult>("../baseline/bare-transaction.js");
  bench.undo(bare.stop);
  const alone: Calls = { traffic: "uniform", inFlight: 1 };
  const order = { url: bareUrl, walletIds: holders.map((id) => holderWalletId(asset, id)) };
  await settle(bench, subject, { ...alone, inFlight: 64 });
  let committed = (await bare.run({ ...order, warmUpMs: settleMs, measuredMs: 0 })).committed;
  const rounds: Round[] = [];
  while (rounds.length < count) {
    const service = await measure(bench, subject, turnOf(bench, alone));
    const beside = await bare.run({ ...order, warmUpMs, measuredMs });
    committed += beside.committed;
    rounds.push({ service, bare: beside });
    const p50s = [service, beside].map(({ latencyMs }) => latencyMs.p50.toFixed(2));
    bench.say(`round ${rounds.length}: ${p50s.join(" / ")} ms, service / bare transaction`);
  }
  await prove(bench, subject);
  await proveBare(bareUrl, committed);
  await bench.databases.drop("d_bare");
  bench.say("every oracle holds, and both databases hold every success that was seen, once");
  return rounds;
}

/** It makes no postings, so that the ledger's oracles do not apply: each transaction is two versions and moves no sum. */
async function proveBare(url: string, committed: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(
      `select sum(w.version - coalesce(p.version, 1))::int as versions, sum(w.balance)::int as balances from wallets w
       left join postings p on p.wallet_id = w.id and p.posting_seq = w.posting_seq`,
    );
    expect(rows).to.deep.equal([{ versions: 2 * committed, balances: 0 }]);
  } finally {
    await client.end();
  }
}

function entryOf(rounds: readonly Round[]): Entry {
  const ofRound = ({ service, bare }: Round): number => ratioOf(service.latencyMs.p50, bare.latencyMs.p50);
  const ratio = spreadOf(rounds.map(ofRound));
  const reached = ratio.median <= atMost;
  return {
    id: "d",
    name,
    figure: { ...spreadOf(rounds.map(({ service }) => service.latencyMs.p50)), unit: "ms" },
    baseline: {
      ...spreadOf(rounds.map(({ bare }) => bare.latencyMs.p50)),
      unit: "ms",
      label:
        "one bare durable transaction of two round trips on pg, without gRPC, that updates both wallets only",
    },
    ratio,
    target: `at most ${atMost} times its latency`,
    goal: { atMost },
    reached,
    explained: reached ? null : explained(middleOf(rounds, ofRound)),
    raw: rounds,
  };
}

function explained({ service, bare }: Round): string {
  const { batches } = service.profile;
  if (batches === null) return "The service made no batches.";
  const inBatchMs = Object.values(batches.phaseMs).reduce((sum, ms) => sum + ms, 0);
  const aroundMs = service.latencyMs.p50 - inBatchMs;
  return [
    `On average the transaction took ${inBatchMs.toFixed(2)} ms (${phasesOf(batches, 2)}), the bare one ${bare.latencyMs.p50.toFixed(2)} ms (p50).`,
    `What is left of the p50, ${aroundMs.toFixed(2)} ms, is the call: the client, two processes waking each other over HTTP/2, and the pipeline; the baseline has none of it.`,
    `The transaction writes two postings, a transaction, two events, an audit entry and a key besides the two wallets.`,
  ].join(" ");
}
