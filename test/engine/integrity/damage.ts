import type { IntegrityFinding } from "../../../src/ledger/integrity.js";
import type { BusyLedger } from "../../support/busy-ledger.js";

/** What a finding is about. */
export type Located = Partial<
  Pick<IntegrityFinding, "rule" | "asset" | "walletId" | "postingSeq" | "transactionId">
>;

/** One way to damage a ledger, and everything that a check finds then. */
export interface Damage {
  readonly of: string;
  readonly sql: (ledger: BusyLedger) => string;
  readonly found: (ledger: BusyLedger) => Located[];
}
