import { setImmediate as nextTurn } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import {
  type AnomalyCursor,
  listTransfersBefore,
  moveAnomalyCursor,
  readAnomalyCursor,
} from "../db/anomaly-cursors.js";
import { insertAnomalies } from "../db/anomaly-writes.js";
import { readClock } from "../db/clock.js";
import type { Database } from "../db/database.js";
import { listObservedTransactions, type PlacedObservation } from "../db/observed-transactions.js";
import { Session } from "../db/session.js";
import { findProfiles, findWalletFacts, saveProfiles } from "../db/wallet-profiles.js";
import { observationsOf, type WalletFacts } from "../ledger/anomaly/observation.js";
import { observe, type RuleFinding } from "../ledger/anomaly/observe.js";
import { emptyProfile, type Profile } from "../ledger/anomaly/profile.js";
import type { AnomalyRules } from "../ledger/anomaly/thresholds.js";
import { graphLimits, TransferGraph } from "../ledger/anomaly/transfer-graph.js";
import type { Anomaly } from "../ledger/anomaly.js";
import { positionAt } from "../ledger/position.js";
import { isSystemWallet } from "../ledger/wallet.js";
import { AnomalyLag, type Settled } from "./anomaly-lag.js";
import type { AnomalyLimits } from "./anomaly-limits.js";
import type { EngineLimits } from "./limits.js";
import { newId } from "./new-id.js";

/** What one reading came to. */
export interface Scanned {
  readonly transactions: number;
  readonly found: readonly Anomaly[];
  /** Whether the page was full. */
  readonly more: boolean;
}

/** What a scan works with. */
export interface ScanContext {
  readonly database: Database;
  readonly limits: EngineLimits;
}

/** How long a page is looked at before others have their turn, in milliseconds. */
const turnMsMax = 3;

/** A finding of a page, before it is kept. */
type Found = Omit<Anomaly, "createTime">;

/** What a scan remembers between its pages. All of it follows from the database. */
interface Memory {
  /** Up to where it has looked. */
  cursor: AnomalyCursor;
  /** Up to where that is kept. */
  keptCursor: AnomalyCursor;
  keptMs: number;
  /** The profiles that changed since. */
  readonly changed: Map<string, Profile>;
  readonly graph: TransferGraph;
}

/**
 * Reads the stream of transactions from a cursor, page by page, and looks at each wallet that is concerned.
 *
 * What it found is kept at once. What it learned, the profiles and the cursor, is kept in one database transaction now and
 * then: a busy wallet's profile has kilobytes, and changes with every page. Whoever goes on after a kill looks at the pages
 * since then once more, and what it finds in them again is left out. So nothing is found twice and nothing is passed over,
 * whatever fails in between. Two processes that try at once cannot both keep anything: each looks at the cursor first.
 */
export class AnomalyScan {
  /** How late it is. */
  readonly lag = new AnomalyLag();
  readonly #context: ScanContext;
  readonly #rules: AnomalyRules;
  readonly #limits: AnomalyLimits;
  readonly #profiles: LRUCache<string, Profile>;
  #memory: Memory | null = null;

  constructor(context: ScanContext, rules: AnomalyRules, limits: AnomalyLimits) {
    this.#context = context;
    this.#rules = rules;
    this.#limits = limits;
    this.#profiles = new LRUCache({ max: limits.profilesMax });
  }

  /** Forgets all that it remembers: another process may have gone on, or a page was not kept. */
  forget(): void {
    this.#memory = null;
    this.#profiles.clear();
  }

  /** Looks at the next page, and keeps what came of it. When it throws, nothing was kept, or it is not known. */
  async next(settled: Settled): Promise<Scanned> {
    try {
      return await this.#scan(settled);
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  /** Keeps what only this process knows, for whoever goes on. */
  async keep(): Promise<void> {
    const memory = this.#memory;
    if (memory !== null && memory.cursor !== memory.keptCursor) await this.#keepLearned(memory);
  }

  async #scan(settled: Settled): Promise<Scanned> {
    this.#memory ??= await this.#remember();
    const memory = this.#memory;
    const { cursor } = memory;
    const { pageMax } = this.#limits;
    const records = await listObservedTransactions(this.#context.database.reader, {
      after: { position: cursor.position, id: cursor.transactionId },
      below: settled.position,
      limit: pageMax,
    });
    // Told before anything can fail: up to the first that was not looked at, everything was.
    this.lag.lookedAt(settled, records[0]?.position ?? settled.position);
    const last = records.at(-1);
    const found = last === undefined ? [] : await this.#observeAll(records, memory, settled);
    if (last !== undefined) memory.cursor = { position: last.position, transactionId: last.transaction.id };
    const kept = found.length === 0 ? [] : await this.#keepFound(memory, found);
    if (this.#isDue(memory)) await this.#keepLearned(memory);
    const more = records.length === pageMax;
    this.lag.lookedAt(settled, more ? memory.cursor.position : settled.position);
    return { transactions: records.length, found: kept, more };
  }

  #isDue({ cursor, keptCursor, keptMs, changed }: Memory): boolean {
    const { keepMs, changedMax } = this.#limits;
    return cursor !== keptCursor && (changed.size >= changedMax || performance.now() - keptMs >= keepMs);
  }

  async #remember(): Promise<Memory> {
    const { reader } = this.#context.database;
    const cursor = await readAnomalyCursor(reader);
    const after = cursor.position - positionAt(BigInt(this.#rules.circular_flow.windowSeconds) * 1_000_000n);
    const graph = new TransferGraph();
    for (const edge of await listTransfersBefore(reader, cursor, { after, limit: graphLimits.edgesMax })) {
      const { asset, from, to } = edge;
      if (!isSystemWallet(asset, from) && !isSystemWallet(asset, to)) graph.add(edge);
    }
    return { cursor, keptCursor: cursor, keptMs: performance.now(), changed: new Map(), graph };
  }

  /** Brings the profiles up to the end of the page, and returns what was found, in the order of the stream. */
  async #observeAll(
    records: readonly PlacedObservation[],
    { graph, changed }: Memory,
    settled: Settled,
  ): Promise<Found[]> {
    const { reader } = this.#context.database;
    const named = new Set(records.flatMap(({ walletIds }) => walletIds));
    const facts = await findWalletFacts(reader, named);
    const profiles = await this.#profilesOf(facts, changed);
    const found: Found[] = [];
    let turnEndsMs = performance.now() + turnMsMax;
    for (const seen of records.flatMap((record) => observationsOf(record, facts))) {
      // Calls that have come meanwhile are not kept waiting for a whole page.
      if (performance.now() > turnEndsMs) {
        await nextTurn();
        turnEndsMs = performance.now() + turnMsMax;
      }
      const { walletId } = seen;
      const observed = observe(profiles.get(walletId) ?? emptyProfile, seen, graph, this.#rules);
      profiles.set(walletId, observed.profile);
      changed.set(walletId, observed.profile);
      const isFresh = settled.time - seen.time <= BigInt(this.#limits.freezeAgeSecondsMax) * 1_000_000n;
      const holderId = facts.get(walletId)?.holderId ?? "";
      for (const finding of observed.findings) found.push(foundOf(finding, { walletId, holderId, isFresh }));
    }
    return found;
  }

  async #profilesOf(
    facts: ReadonlyMap<string, WalletFacts>,
    changed: ReadonlyMap<string, Profile>,
  ): Promise<Map<string, Profile>> {
    const known = new Map<string, Profile>();
    for (const walletId of facts.keys()) {
      const profile = changed.get(walletId) ?? this.#profiles.get(walletId);
      if (profile !== undefined) known.set(walletId, profile);
    }
    const missing = [...facts.keys()].filter((walletId) => !known.has(walletId));
    if (missing.length === 0) return known;
    const read = await findProfiles(this.#context.database.reader, missing);
    return new Map([...known, ...read]);
  }

  #keepFound({ keptCursor }: Memory, found: readonly Found[]): Promise<Anomaly[]> {
    return this.#fromCursor(keptCursor, keptCursor, (session, createTime) =>
      insertAnomalies(
        session,
        found.map((one) => ({ ...one, createTime })),
      ),
    );
  }

  async #keepLearned(memory: Memory): Promise<void> {
    const { keptCursor, cursor, changed } = memory;
    await this.#fromCursor(keptCursor, cursor, (session) => saveProfiles(session, changed));
    for (const [walletId, profile] of changed) this.#profiles.set(walletId, profile);
    changed.clear();
    memory.keptCursor = cursor;
    memory.keptMs = performance.now();
  }

  /** Does something in a transaction of which there is only one at a time that begins with the cursor at this place. */
  async #fromCursor<T>(
    from: AnomalyCursor,
    to: AnomalyCursor,
    work: (session: Session, now: bigint) => Promise<T>,
  ): Promise<T> {
    const { database, limits } = this.#context;
    return Session.use(database.writer.createQueryRunner(), async (session) => {
      session.begin({
        isolation: database.isolation,
        lockTimeoutMs: limits.slowLockTimeoutMs,
        statementTimeoutMs: limits.statementTimeoutMs,
      });
      const now = await readClock(session);
      if (!(await moveAnomalyCursor(session, from, to)))
        throw new Error("another process has looked at these transactions meanwhile");
      const done = await work(session, now);
      if ((await session.commit()) === "in_doubt")
        throw new Error("the connection was lost while what was found was being kept");
      return done;
    });
  }
}

function foundOf(
  finding: RuleFinding,
  { walletId, holderId, isFresh }: { walletId: string; holderId: string; isFresh: boolean },
): Found {
  const { rule, severity, transactionIds, summary, evidence } = finding;
  return {
    id: newId(),
    rule,
    severity,
    state: "OPEN",
    walletId,
    holderId,
    transactionIds,
    summary,
    evidence,
    freezeState: finding.freeze && isFresh ? "DUE" : "NONE",
    reviewedBy: "",
    reviewReason: "",
    reviewTime: null,
  };
}
