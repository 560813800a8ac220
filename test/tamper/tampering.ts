import type pg from "pg";
import type { IntegrityFinding } from "../../src/ledger/integrity.js";
import type { Site } from "./site.js";

/** Rows of one table, picked by what a tampering leaves as it is. */
export interface Rows {
  readonly table: string;
  /** A condition in SQL, without parameters. */
  readonly where: string;
}

/** Something that somebody with all rights over the database does to the ledger. */
export interface Tampering {
  /** What is done, with the row that it is done to. */
  readonly what: string;
  /** All rows that it may touch. */
  readonly rows: readonly Rows[];
  apply(session: pg.Client): Promise<void>;
  /** The ids of other rows that contradict it, and so may be named as well. */
  readonly contradicted?: readonly string[];
  /** Whether a finding locates it: to its wallet and posting, its transaction or its checkpoint. */
  located(finding: IntegrityFinding): boolean;
}

/** A way to tamper with a ledger. It reads the ledger to find a place, and changes nothing yet. */
export type Kind = (site: Site) => Promise<Tampering>;

/** Runs one statement. */
export function run(sql: string): Tampering["apply"] {
  return async (session) => {
    await session.query(sql);
  };
}

/** Whether a finding is about this posting. */
export function atPosting(walletId: string, postingSeq: bigint): Tampering["located"] {
  return (finding) => finding.walletId === walletId && finding.postingSeq === postingSeq;
}

export const postingsOf = (walletId: string): Rows => ({
  table: "postings",
  where: `wallet_id = '${walletId}'`,
});

export const rowOf = (table: string, id: string, column = "id"): Rows => ({
  table,
  where: `${column} = '${id}'`,
});
