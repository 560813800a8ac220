import { toTimestamp } from "../db/sql.js";
import type { IntegrityEvent, IntegrityVerdict } from "../engine/integrity/check.js";
import type { IntegrityProgress } from "../engine/integrity/place.js";
import type { IntegrityFinding } from "../ledger/integrity.js";

const barCells = 24;
const figures = new Intl.NumberFormat("en-US");

/** What a command has done itself: a check that it goes on with was further when it began. */
export interface Done {
  readonly postings: bigint;
  readonly elapsedMs: number;
}

/** How far a check is, on one line: a bar, what is done, how fast, and how long it will take. */
export function progressLine(phase: string, progress: IntegrityProgress, done: Done): string {
  const { checkedPostings, postings } = progress;
  const share = postings === 0n ? 1 : Number(checkedPostings) / Number(postings);
  const cells = Math.floor(share * barCells);
  const bar = `${"█".repeat(cells)}${"░".repeat(barCells - cells)}`;
  const perSecond = done.elapsedMs > 0 ? Number(done.postings) / (done.elapsedMs / 1_000) : 0;
  const parts = [
    `${bar} ${`${Math.floor(share * 100)}`.padStart(3)} %`,
    `${figures.format(checkedPostings)} of ${figures.format(postings)} postings`,
    `${figures.format(Math.round(perSecond))}/s`,
    share < 1 && perSecond > 0 ? `${durationOf(Number(postings - checkedPostings) / perSecond)} left` : phase,
  ];
  return parts.join("  ");
}

/** A finding as a person reads it: the rule, what is wrong with which row, and what should be there. */
export function findingText({ rule, message, expected, actual }: IntegrityFinding): string {
  return `${rule.padEnd(20)} ${message}\n${" ".repeat(21)}expected ${expected}\n${" ".repeat(21)}found    ${actual}\n`;
}

/** The result in a sentence or two. */
export function verdictText({ findingCount, postings, wallets, snapshotTime }: IntegrityVerdict): string {
  const checked = `${figures.format(postings)} postings of ${figures.format(wallets)} wallets verified as of ${toTimestamp(snapshotTime)}`;
  if (findingCount === 0n) return `The ledger is sound: ${checked}.\n`;
  const found = findingCount === 1n ? "1 finding" : `${figures.format(findingCount)} findings`;
  return `The ledger is NOT sound: ${found}; ${checked}.\n`;
}

const anyKey =
  "The keys of the checkpoints were not compared with any: whoever can change the database can seal it anew with a key of " +
  "their own. Get the key's id from somebody you trust, and put it into CHECKPOINT_TRUSTED_KEY_IDS.";

/**
 * What a check leaves for the person to do, as a sentence or two; null when that is nothing. A check of one asset leaves
 * the checkpoints out, which are of all.
 *
 * @param trustedKeyIds the keys that checkpoints may be signed with; empty when that is not known.
 */
export function warningOf(asset: string, trustedKeyIds: readonly string[]): string | null {
  return asset === "" && trustedKeyIds.length === 0 ? anyKey : null;
}

/**
 * An event as one line of JSON, with integers as text: they may not fit into a JSON number.
 *
 * @param warning what goes with the verdict; null for nothing.
 */
export function eventJson(event: IntegrityEvent, resumeToken: string, warning: string | null): string {
  const { token: _, ...said } = event;
  const text = (_key: string, value: unknown) => (typeof value === "bigint" ? `${value}` : value);
  const warned = event.kind === "verdict" && warning !== null ? { warning } : {};
  return `${JSON.stringify({ ...said, ...warned, resumeToken }, text)}\n`;
}

function durationOf(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3_600).toFixed(1)} h`;
}
