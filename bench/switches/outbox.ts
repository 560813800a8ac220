import { insertPostings as insertBoth, type PostingWrite } from "../../src/db/ledger-writes.js";
import type { Session } from "../../src/db/session.js";

export * from "../../src/db/ledger-writes.js";

/** In the place of the write of postings and their events: the postings alone. */
export function insertPostings(session: Session, writes: readonly PostingWrite[]): Promise<void> {
  const sendPrepared = async (sql: string, values: unknown[]): Promise<never[]> =>
    sql.startsWith("insert into outbox") ? [] : session.sendPrepared(sql, values);
  return insertBoth({ sendPrepared } as unknown as Session, writes);
}
