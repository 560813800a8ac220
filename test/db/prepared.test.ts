import { expect } from "chai";
import { closeDatabase, openDatabase } from "../../src/db/database.js";
import { listPlacedTransactions } from "../../src/db/feed.js";
import { lockWallets } from "../../src/db/locks.js";
import { type Pool, StatementNames } from "../../src/db/pool.js";
import { findPosting, lastPostingAt, listPostings } from "../../src/db/postings.js";
import { readPage, readPrepared, readRows } from "../../src/db/read.js";
import { Session } from "../../src/db/session.js";
import { listTransactions } from "../../src/db/transaction-list.js";
import { changesSince } from "../../src/db/wallet-changes.js";
import { findWallets } from "../../src/db/wallets.js";
import { holderWalletId } from "../../src/ledger/wallet.js";
import { allTransactions } from "../support/all-transactions.js";
import { databaseOptions } from "../support/engine.js";
import { useSuite } from "../support/suite.js";

const walletId = holderWalletId("gold", "nobody");

describe("prepared statements", () => {
  const suite = useSuite({ holders: [] });

  /** The statements that the one connection of a reader has prepared after some reads. */
  async function preparedBy(preparedStatements: boolean, read: (reader: Pool) => Promise<unknown>) {
    const options = { ...databaseOptions(suite.database.url), readerConnectionsMax: 1, preparedStatements };
    const database = await openDatabase(options);
    try {
      await read(database.reader);
      const rows = await readRows<{ statement: string }>(
        database.reader,
        "select statement from pg_prepared_statements",
      );
      return rows.map(({ statement }) => statement);
    } finally {
      await closeDatabase(database);
    }
  }

  const twice = async (reader: Pool) => {
    await findPosting(reader, walletId, 1n);
    await findPosting(reader, walletId, 2n);
    for (const limit of [51, 51, 2]) await listPostings(reader, { walletId, above: 0n, below: null, limit });
  };

  it("are planned once for all their parameters, and for pages of the usual size only", async () => {
    const statements = await preparedBy(true, twice);
    expect(
      statements.map((statement) => /posting_seq = \$2$|limit \d+$/.exec(statement)?.[0]),
    ).to.have.members(["posting_seq = $2", "limit 51"]);
  });

  it("are not planned anew for each wallet, time or place", async () => {
    const options = { ...databaseOptions(suite.database.url), readerConnectionsMax: 1 };
    const database = await openDatabase(options);
    try {
      const { reader } = database;
      for (let time = 1n; time <= 12n; time++) {
        await findWallets(reader, [walletId]);
        await findPosting(reader, walletId, time);
        await lastPostingAt(reader, walletId, time);
        await listPostings(reader, { walletId, above: time, below: null, limit: 51 });
        await changesSince(reader, { walletId, postingSeq: time, time });
        await listTransactions(reader, { ...allTransactions, start: time, end: time + 1n });
        await listTransactions(reader, { ...allTransactions, walletIds: [walletId] });
        const after = { position: time, id: walletId };
        await listPlacedTransactions(reader, { after, below: 100n, limit: 500 });
      }
      const rows = await readRows<{ plans: string; runs: string }>(
        reader,
        "select custom_plans as plans, custom_plans + generic_plans as runs from pg_prepared_statements",
      );
      // PostgreSQL plans five times with the parameters before it compares.
      expect(rows).to.deep.equal(Array(8).fill({ plans: "5", runs: "12" }));
    } finally {
      await closeDatabase(database);
    }
  });

  it("leave nothing on a connection where that is switched off", async () => {
    expect(await preparedBy(false, twice)).to.deep.equal([]);
  });

  it("are at most 64 on a connection; the others are read without", async () => {
    const answers: unknown[] = [];
    const statements = await preparedBy(true, async (reader) => {
      for (let n = 0; n < 70; n++)
        answers.push(...(await readPrepared(reader, `select ${n} + $1::int as sum`, [1])));
    });
    expect(statements).to.have.length(64);
    expect(answers).to.deep.equal(Array.from({ length: 70 }, (_, n) => ({ sum: n + 1 })));
  });

  it("leave 16 of the 64 to other statements, however many lists there were before them", async () => {
    const statements = await preparedBy(true, async (reader) => {
      for (let n = 0; n < 50; n++) await readPage(reader, `select ${n} + $1::int as page`, [1], 51);
      for (let n = 0; n < 18; n++) await readPrepared(reader, `select ${n} + $1::int as fixed`, [1]);
    });
    const countOf = (what: string) => statements.filter((statement) => statement.endsWith(what)).length;
    expect([countOf("page"), countOf("fixed")]).to.deep.equal([48, 16]);
  });

  it("of a transaction stay on its connection for the next one", async () => {
    const options = { ...databaseOptions(suite.database.url), writerConnectionsMax: 1 };
    const database = await openDatabase(options);
    const settings = {
      isolation: "read committed" as const,
      lockTimeoutMs: 1_000,
      statementTimeoutMs: 2_000,
    };
    const transaction = <T>(work: (session: Session) => Promise<T>) =>
      Session.use(database.writer.createQueryRunner(), async (session) => {
        session.begin(settings);
        const answer = await work(session);
        await session.commit();
        return answer;
      });
    try {
      await transaction((session) => lockWallets(database.locks, session, [walletId], "skip"));
      const kept = await transaction((session) =>
        session.send<{ statement: string }>("select statement from pg_prepared_statements"),
      );
      expect(kept.map(({ statement }) => statement)).to.deep.equal([
        database.locks.walletsForWriteSkippingLocked,
      ]);
    } finally {
      await closeDatabase(database);
    }
  });

  it("have one name for one text", () => {
    const names = new StatementNames(2, 0);
    expect([names.of("a"), names.of("b"), names.of("a"), names.of("c")]).to.deep.equal([
      "statement_1",
      "statement_2",
      "statement_1",
      undefined,
    ]);
  });
});
