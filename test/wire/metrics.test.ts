import { once } from "node:events";
import { connect } from "node:net";
import { expect } from "chai";
import { anomalyRuleNames } from "../../src/ledger/anomaly/finding.js";
import { version } from "../../src/version.js";
import { expectSound, keyed, reasonOf, startApp, type TestApp } from "../support/app.js";
import { givenAsset, givenExpired, givenFunds, givenHold, givenHolder, ofHolder } from "../support/given.js";
import { documentedMetrics, type Scrape, scrape, sumOf } from "../support/metrics.js";
import { openSession } from "../support/postgres.js";
import { movements } from "../support/queue.js";
import { untilBlocked } from "../support/watch.js";

const transfer = "wallet.v1.WalletService/Transfer";
const topUp = "wallet.v1.WalletService/TopUp";
const watchWallet = "wallet.v1.WalletService/WatchWallet";

describe("the metrics", () => {
  let app: TestApp;
  const now = () => scrape(app.app.metricsPort);
  const move = (units: bigint, key = keyed()) =>
    app
      .as("service")
      .wallet.transfer(
        { source: ofHolder("alice"), destination: ofHolder("bob"), amount: { asset: "gold", units } },
        key,
      );

  before(async () => {
    app = await startApp({
      queue: {},
      anomalies: { intervalMs: 5 },
      sweeper: { intervalMs: 20, leaseMs: 15_000, holdsMax: 100 },
    });
    await givenAsset(app, "gold");
    for (const holder of ["alice", "bob"]) await givenHolder(app, holder);
    await givenFunds(app, "alice", "gold", 1_000n);
  });
  afterEach(() => expectSound(app));
  after(() => app.close());

  /** Scrapes until the scrape is as it should be. Each scrape is a round trip, so nothing spins. */
  async function until(what: string, holds: (figures: Scrape) => boolean): Promise<Scrape> {
    const giveUpAt = Date.now() + 10_000;
    for (;;) {
      const figures = await now();
      if (holds(figures)) return figures;
      if (Date.now() > giveUpAt) throw new Error(`waited in vain until ${what}`);
    }
  }

  it("count calls by method, code and reason, time them, and count replays", async () => {
    const before = await now();
    const key = keyed();
    await move(5n, key);
    await move(5n, key);
    expect(await reasonOf(move(1_000_000n))).to.equal("INSUFFICIENT_FUNDS");
    const after = await now();
    const grown = (name: string, labels: Record<string, string>) =>
      sumOf(after, name, labels) - sumOf(before, name, labels);
    const requests = "wallet_rpc_requests_total";
    expect(grown(requests, { method: transfer, code: "OK", reason: "" })).to.equal(2);
    const refused = { method: transfer, code: "FAILED_PRECONDITION", reason: "INSUFFICIENT_FUNDS" };
    expect(grown(requests, refused)).to.equal(1);
    expect(grown("wallet_rpc_replayed_total", { method: transfer })).to.equal(1);
    expect(grown("wallet_rpc_duration_seconds_count", { method: transfer })).to.equal(3);
    expect(grown("wallet_rpc_duration_seconds_sum", { method: transfer })).to.be.within(0.0001, 10);
  });

  it("tell how long commands waited, how large their batches were and how long each phase took", async () => {
    const before = await now();
    await Promise.all(Array.from({ length: 20 }, () => move(1n)));
    const after = await now();
    const grown = (name: string, labels: Record<string, string> = { lane: "fast" }) =>
      sumOf(after, name, labels) - sumOf(before, name, labels);
    expect(grown("wallet_poster_queue_wait_seconds_count")).to.equal(20);
    expect(grown("wallet_poster_batch_size_sum")).to.equal(20);
    const batches = grown("wallet_poster_batch_size_count");
    expect(batches).to.be.within(1, 20);
    for (const phase of ["connect", "claim", "lock", "plan", "write", "commit"]) {
      const labels = { lane: "fast", phase };
      expect(grown("wallet_poster_phase_seconds_count", labels), phase).to.equal(batches);
      expect(grown("wallet_poster_phase_seconds_sum", labels), phase).to.be.within(0, 10);
    }
    expect(grown("wallet_poster_phase_seconds_sum", { phase: "commit" })).to.be.greaterThan(0);
  });

  it("tell that a wallet is locked by a stranger, while it lasts", async () => {
    const before = await now();
    const stranger = await openSession(app.database.ownerUrl);
    const watcher = await openSession(app.database.superuserUrl);
    await stranger.query("begin; select from wallets where holder_id = 'alice' for update");
    const [first, second] = [move(1n), move(2n)];
    await untilBlocked(watcher);
    const during = await until(
      "both calls are in flight",
      (figures) => sumOf(figures, "wallet_rpc_in_flight") === 2,
    );
    expect(sumOf(during, "wallet_database_connections", { pool: "writer", state: "busy" })).to.be.greaterThan(
      0,
    );
    await stranger.query("rollback");
    await Promise.all([first, second]);
    const after = await now();
    const deferred = "wallet_poster_deferred_total";
    expect(sumOf(after, deferred) - sumOf(before, deferred)).to.equal(2);
    expect(sumOf(after, "wallet_poster_batch_size_sum", { lane: "slow" })).to.equal(2);
    expect(sumOf(after, "wallet_poster_queue_wait_seconds_count", { lane: "slow" })).to.be.greaterThan(1);
    expect(
      sumOf(after, "wallet_poster_phase_seconds_sum", { lane: "slow", phase: "lock" }),
    ).to.be.greaterThan(0);
    await Promise.all([stranger.end(), watcher.end()]);
  });

  it("show streams while they are open", async () => {
    const leave = new AbortController();
    const stream = app
      .as("service")
      .wallet.watchWallet({ wallet: ofHolder("alice"), asset: "gold" }, { signal: leave.signal });
    const reading = (async () => {
      for await (const _ of stream);
    })().catch(() => {});
    await until(
      "the stream is open",
      (figures) => sumOf(figures, "wallet_feed_watchers", { kind: "wallet" }) === 1,
    );
    expect(sumOf(await now(), "wallet_rpc_open_streams", { method: watchWallet })).to.equal(1);
    leave.abort();
    await reading;
    await until("it is closed", (figures) => sumOf(figures, "wallet_rpc_open_streams") === 0);
    const ended = await now();
    expect(sumOf(ended, "wallet_rpc_requests_total", { method: watchWallet, code: "CANCELLED" })).to.equal(1);
    expect(sumOf(ended, "wallet_rpc_in_flight")).to.equal(0);
  });

  it("follow the queue and the sweeper", async () => {
    const { wallet } = app.as("service");
    await wallet.enqueueTransaction({ movement: movements.topUp("bob", 3n) }, keyed());
    await givenExpired(app, await givenHold(app, "alice", "gold", 1n));
    const figures = await until(
      "the operation is applied and the hold is released",
      (one) =>
        sumOf(one, "wallet_operations_applied_total") === 1 && sumOf(one, "wallet_holds_expired_total") === 1,
    );
    expect(sumOf(figures, "wallet_operation_wait_seconds_count")).to.equal(1);
    expect(sumOf(figures, "wallet_sweeps_total")).to.be.greaterThan(0);
    expect(sumOf(figures, "wallet_last_sweep_time_seconds")).to.be.within(
      Date.now() / 1e3 - 60,
      Date.now() / 1e3,
    );
  });

  it("follow the look-out, and count the connections that ended before a call", async () => {
    await move(1n);
    const socket = connect(app.app.httpPort, "127.0.0.1", () => socket.end("this is no HTTP\r\n\r\n"));
    await once(socket.resume(), "close");
    const figures = await until(
      "the transactions were looked at",
      (one) => sumOf(one, "wallet_anomaly_transactions_total") > 0,
    );
    const refused = { listener: "http", problem: "HPE_INVALID_METHOD" };
    expect(sumOf(figures, "wallet_connections_refused_total", refused)).to.equal(1);
  });

  it("count what can be rare from zero, so that an alert sees the first time", async () => {
    const figures = await now();
    const labelled = (name: string) => figures.samples.filter((sample) => sample.name === name).length;
    expect(labelled("wallet_commits_in_doubt_total")).to.equal(3);
    expect(labelled("wallet_overloaded_total")).to.equal(2);
    expect(labelled("wallet_transaction_failures_total")).to.equal(8);
    expect(labelled("wallet_anomalies_total")).to.equal(anomalyRuleNames.length);
    expect(labelled("wallet_reloads_total")).to.equal(2);
  });

  it("are those of docs/operations.md, each with its type and its labels", async () => {
    await app
      .as("service")
      .wallet.topUp({ wallet: ofHolder("bob"), amount: { asset: "gold", units: 1n } }, keyed());
    const figures = await now();
    const own = [...figures.types].filter(([name]) => name.startsWith("wallet_"));
    const actual = own.map(([name, type]) => ({ name, type, labels: labelsOf(figures, name, type) }));
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(actual.sort(byName)).to.deep.equal(documentedMetrics().sort(byName));
    expect(sumOf(figures, "wallet_build_info", { version })).to.equal(1);
    expect(sumOf(figures, "wallet_rpc_requests_total", { method: topUp })).to.be.greaterThan(0);
  });

  it("have no label that a caller could fill", async () => {
    const { samples } = await now();
    const values = new Set(samples.flatMap(({ labels }) => Object.values(labels)));
    for (const name of ["alice", "bob", "gold", "service-1"]) expect(values.has(name), name).to.equal(false);
  });
});

/** The labels that the samples of a metric have. One without samples fails. */
function labelsOf({ samples }: Scrape, name: string, type: string): string[] {
  const first = samples.find((sample) => sample.name === (type === "histogram" ? `${name}_count` : name));
  return Object.keys(first?.labels ?? { none: "" }).sort();
}
