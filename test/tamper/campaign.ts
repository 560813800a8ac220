import type pg from "pg";
import type { IntegrityLimits } from "../../src/engine/integrity/limits.js";
import type { IntegrityFinding } from "../../src/ledger/integrity.js";
import { Random } from "../model/random.js";
import { checkpointKey } from "../support/checkpoints.js";
import { checkLedger } from "../support/integrity.js";
import { openSession, type TestDatabase } from "../support/postgres.js";
import { Backup } from "./backup.js";
import { kinds } from "./kinds/all.js";
import { Site, type Used } from "./site.js";
import type { Tampering } from "./tampering.js";

/** Which tamperings to make. */
export interface CampaignOptions {
  readonly seed: number;
  /** How many, each of the next kind in turn. */
  readonly count: number;
  /** How many are in the ledger at once, each at a place of its own. */
  readonly batch: number;
  /** The only one to make; undefined for all. */
  readonly single?: number | undefined;
  /** Told after each check: how many tamperings were made so far. */
  onProgress(done: number): void;
}

/** What a campaign came to. */
export interface CampaignResult {
  /** How many tamperings were made and located, by kind. */
  readonly located: ReadonlyMap<string, number>;
  /** One sentence for each tampering that was not located, and for each finding that is about none. */
  readonly failures: readonly string[];
  /** How long a check of the whole ledger took on average, in milliseconds. */
  readonly checkMs: number;
}

interface Case {
  readonly number: number;
  readonly kind: string;
  readonly tampering: Tampering;
}

const noPauses: Partial<IntegrityLimits> = { share: 1, rowsFirst: 5_000, findingsMax: 1_000_000 };

/**
 * Tampers with a ledger, some ways at once, checks the whole of it, and puts it back. Each tampering must be located, and
 * nothing may be found that none of them is about. Before the first and after the last nothing at all may be found.
 */
export async function runCampaign(database: TestDatabase, options: CampaignOptions): Promise<CampaignResult> {
  const session = await openSession(database.superuserUrl);
  await session.query("set session_replication_role = replica");
  const located = new Map<string, number>();
  const failures: string[] = [];
  const durations: number[] = [];
  const check = async () => {
    const startedMs = performance.now();
    const checked = { limits: noPauses, trustedKeyIds: [checkpointKey.keyId] };
    const { findings } = await checkLedger(database.url, checked);
    durations.push(performance.now() - startedMs);
    return findings;
  };
  try {
    failures.push(...(await check()).map((finding) => `before the first: ${finding.message}`));
    for (let first = 1; first <= options.count; first += options.batch) {
      const cases = await planBatch(session, first, options);
      const made = cases.filter(({ number }) => number === (options.single ?? number));
      if (made.length > 0) failures.push(...(await runBatch(session, made, { check, located })));
      options.onProgress(Math.min(first + options.batch - 1, options.count));
    }
    failures.push(...(await check()).map((finding) => `after the last: ${finding.message}`));
  } finally {
    await session.end();
  }
  return { located, failures, checkMs: durations.reduce((sum, ms) => sum + ms, 0) / durations.length };
}

async function planBatch(
  session: pg.Client,
  first: number,
  { seed, count, batch }: CampaignOptions,
): Promise<Case[]> {
  const names = [...kinds.keys()];
  const used: Used = new Set();
  const cases: Case[] = [];
  for (let number = first; number < first + batch && number <= count; number++) {
    // A step that shares no factor with the number of kinds goes through all of them, and mixes each batch.
    const kind = names[(number * kindStep) % names.length] ?? "";
    const plan = kinds.get(kind);
    if (plan === undefined) throw new Error(`there is no kind ${kind}`);
    cases.push({ number, kind, tampering: await plan(new Site(session, new Random(seed, number), used)) });
  }
  return cases;
}

const kindStep = 17;

async function runBatch(
  session: pg.Client,
  cases: readonly Case[],
  { check, located }: { check: () => Promise<readonly IntegrityFinding[]>; located: Map<string, number> },
): Promise<string[]> {
  const backups: Backup[] = [];
  for (const { tampering } of cases)
    for (const rows of tampering.rows) backups.push(await Backup.of(session, rows));
  const failures: string[] = [];
  const concerned = new Set<string>();
  try {
    for (const { tampering } of cases) {
      await tampering.apply(session);
      for (const id of tampering.contradicted ?? []) concerned.add(id);
    }
    for (const backup of backups) for (const id of await backup.concerned()) concerned.add(id);
    const findings = await check();
    for (const { number, kind, tampering } of cases) {
      if (findings.some((finding) => tampering.located(finding)))
        located.set(kind, (located.get(kind) ?? 0) + 1);
      else failures.push(`case ${number}, ${kind}: not located: ${tampering.what}`);
    }
    const isConcerned = (finding: IntegrityFinding) =>
      cases.some(({ tampering }) => tampering.located(finding)) ||
      namesOf(finding).some((id) => concerned.has(id));
    for (const finding of findings)
      if (namesOf(finding).length > 0 && !isConcerned(finding))
        failures.push(
          `cases ${cases.map(({ number }) => number).join(", ")}: about none of them: ${finding.message}`,
        );
  } finally {
    for (const backup of backups.toReversed()) await backup.restore();
  }
  return failures;
}

/** What a finding is about; nothing when it is about a whole asset. */
function namesOf({ walletId, transactionId, checkpointId }: IntegrityFinding): string[] {
  return [walletId, transactionId, checkpointId].filter((id) => id !== null);
}
