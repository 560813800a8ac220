import type { IntegrityFinding, IntegrityRule } from "../../ledger/integrity.js";
import type { Session } from "../session.js";

/** What the statements of all rules return: a row for each thing that is not as it should be. */
interface FindingRow {
  rule: IntegrityRule;
  message: string;
  asset: string | null;
  wallet_id: string | null;
  posting_seq: string | null;
  transaction_id: string | null;
  /** Left out by rules that are about no checkpoint. */
  checkpoint_id?: string;
  expected: string;
  actual: string;
}

/** Runs the statement of a rule, and returns what it finds. */
export async function findBroken(
  session: Session,
  sql: string,
  parameters: unknown[],
): Promise<IntegrityFinding[]> {
  return (await session.send<FindingRow>(sql, parameters)).map(toFinding);
}

function toFinding(row: FindingRow): IntegrityFinding {
  return {
    rule: row.rule,
    message: row.message,
    asset: row.asset,
    walletId: row.wallet_id,
    postingSeq: row.posting_seq === null ? null : BigInt(row.posting_seq),
    transactionId: row.transaction_id,
    checkpointId: row.checkpoint_id ?? null,
    expected: row.expected,
    actual: row.actual,
  };
}
