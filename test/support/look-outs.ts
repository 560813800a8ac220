import { expect } from "chai";
import { type AnomalyLimits, defaultAnomalyLimits } from "../../src/engine/anomaly-limits.js";
import { type AnomalyContext, type AnomalyObserver, AnomalyWatch } from "../../src/engine/anomaly-watch.js";
import { defaultEngineLimits } from "../../src/engine/limits.js";
import { Horizon } from "../../src/events/horizon.js";
import { type AnomalyRules, defaultAnomalyRules } from "../../src/ledger/anomaly/thresholds.js";
import type { Anomaly } from "../../src/ledger/anomaly.js";
import { type TestEngine, topUp, transfer } from "./engine.js";
import { type Suite, useSuite } from "./suite.js";
import { countOf, until } from "./watch.js";

/** What a look-out told. */
export interface Told {
  readonly found: Anomaly[];
  readonly froze: Anomaly[];
  readonly failures: unknown[];
  transactions: number;
}

/** What the tests of look-outs share: a suite with holders, each for one test, and one that is paid by all. */
export interface LookOuts {
  readonly suite: Suite;
  /** A holder that no other test has. */
  holder(): string;
  /** A look-out that is not started, and keeps each page at once. It is stopped after the test at the latest. */
  watchOf(
    engine: TestEngine,
    rules?: AnomalyRules,
    limits?: Partial<AnomalyLimits>,
  ): { watch: AnomalyWatch; told: Told };
  contextOf(engine: TestEngine): AnomalyContext;
  /** Resolves once the cursor is behind all transactions. */
  upToDate(): Promise<void>;
  /** What was found about a holder, oldest first. */
  foundOf(holderId: string): Promise<{ rule: string; freeze: string; transaction_ids: string[] }[]>;
  /** Tops a holder up and sends all of it to `payee`. */
  drain(holderId: string): Promise<void>;
}

/** Gives the suite that calls it look-outs, on a database with holders. */
export function useLookOuts(): LookOuts {
  const watches: AnomalyWatch[] = [];
  // Before the oracles of the suite look: nothing may be writing then.
  afterEach(() => Promise.all(watches.splice(0).map((watch) => watch.stop())));
  const unused = Array.from({ length: 24 }, (_, index) => `holder-${index}`);
  const suite = useSuite({ holders: [...unused, "payee"] });
  const contextOf = (engine: TestEngine) => {
    const horizon = new Horizon(engine.database.reader);
    return { ...engine, limits: defaultEngineLimits, settled: () => horizon.read() };
  };
  return {
    suite,
    contextOf,
    holder: () => unused.pop() ?? expect.fail("there are too few holders"),
    watchOf: (engine, rules = defaultAnomalyRules, more = {}) => {
      const told: Told = { found: [], froze: [], failures: [], transactions: 0 };
      const limits = { ...defaultAnomalyLimits, intervalMs: 1, pageMax: 3, keepMs: 0, ...more };
      const watch = new AnomalyWatch(contextOf(engine), rules, limits, observerOf(told));
      watches.push(watch);
      return { watch, told };
    },
    upToDate: () => until("all transactions were looked at", async () => (await leftToSee(suite)) === 0),
    foundOf: async (holderId) =>
      (
        await suite.watcher.query<{ rule: string; freeze: string; transaction_ids: string[] }>(
          "select rule, freeze_state as freeze, transaction_ids from anomalies where holder_id = $1 order by id",
          [holderId],
        )
      ).rows,
    drain: async (holderId) => {
      await topUp(suite.engine, holderId, 1_000n);
      await transfer(suite.engine, { from: holderId, to: "payee" }, 1_000n);
    },
  };
}

/** How many transactions are behind the cursor. */
export function leftToSee({ watcher }: Suite): Promise<number> {
  return countOf(
    watcher,
    "from transactions t, anomaly_cursors c where (t.position, t.id) > (c.position, c.transaction_id)",
  );
}

function observerOf(told: Told): AnomalyObserver {
  return {
    scanned: (transactions) => {
      told.transactions += transactions;
    },
    found: (anomaly) => told.found.push(anomaly),
    froze: (anomaly) => told.froze.push(anomaly),
    failed: (error) => told.failures.push(error),
  };
}
