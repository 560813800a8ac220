import { Counter, Histogram, type Registry } from "prom-client";
import { ScrapedGauge } from "./scraped-gauge.js";

/** What is counted of the posting engine. */
export interface EngineMetrics {
  /** Submissions waiting for the poster, by lane: a movement, or movements that are decided together. */
  posterQueueDepth: ScrapedGauge<"lane">;
  /** How long submissions waited in a lane before they were taken to be decided, in seconds. */
  posterQueueWait: Histogram<"lane">;
  /** Movements in a batch, by lane. */
  posterBatchSize: Histogram<"lane">;
  /** How long each phase of a batch took, in seconds. */
  posterPhase: Histogram<"lane" | "phase">;
  /** Submissions that went to the slow lane because others held their wallets. */
  posterDeferred: Counter;
  /** Acts (changes that move no value) that wait for their turn. */
  actsWaiting: ScrapedGauge<never>;
  /** What was not taken because too much was waiting, by the queue that was full. */
  engineOverloaded: Counter<"queue">;
  /** Database transactions that moved nothing, by cause; most are tried again. */
  transactionFailures: Counter<"cause">;
  /** Commits that were not answered, by what became of them. */
  commitsInDoubt: Counter<"fate">;
}

/** Puts them into the registry. */
export function engineMetrics(registry: Registry): EngineMetrics {
  return { ...posterMetrics(registry), ...transactionMetrics(registry) };
}

type PosterMetrics = Pick<
  EngineMetrics,
  "posterQueueDepth" | "posterQueueWait" | "posterBatchSize" | "posterPhase" | "posterDeferred"
>;

function posterMetrics(registry: Registry): PosterMetrics {
  const registers = [registry];
  const queueWait = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
  return {
    posterQueueDepth: new ScrapedGauge(registry, {
      name: "wallet_poster_queue_depth",
      help: "Submissions waiting to be posted.",
      labelNames: ["lane"],
    }),
    posterQueueWait: new Histogram({
      name: "wallet_poster_queue_wait_seconds",
      help: "How long submissions waited in a lane before they were taken to be decided.",
      labelNames: ["lane"],
      buckets: queueWait,
      registers,
    }),
    posterBatchSize: new Histogram({
      name: "wallet_poster_batch_size",
      help: "Movements decided in one database transaction.",
      labelNames: ["lane"],
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000],
      registers,
    }),
    posterPhase: new Histogram({
      name: "wallet_poster_phase_seconds",
      help: "How long each phase of a committed batch took.",
      labelNames: ["lane", "phase"],
      buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
      registers,
    }),
    posterDeferred: new Counter({
      name: "wallet_poster_deferred_total",
      help: "Submissions that went to the slow lane because others held their wallets.",
      registers,
    }),
  };
}

function transactionMetrics(registry: Registry): Omit<EngineMetrics, keyof PosterMetrics> {
  const registers = [registry];
  return {
    actsWaiting: new ScrapedGauge(registry, {
      name: "wallet_acts_waiting",
      help: "Changes that move no value and wait for their turn.",
      labelNames: [],
    }),
    engineOverloaded: new Counter({
      name: "wallet_overloaded_total",
      help: "What was not taken because too much was waiting.",
      labelNames: ["queue"],
      registers,
    }),
    transactionFailures: new Counter({
      name: "wallet_transaction_failures_total",
      help: "Database transactions that moved nothing; most are tried again.",
      labelNames: ["cause"],
      registers,
    }),
    commitsInDoubt: new Counter({
      name: "wallet_commits_in_doubt_total",
      help: "Commits that were not answered, by what became of them.",
      labelNames: ["fate"],
      registers,
    }),
  };
}
