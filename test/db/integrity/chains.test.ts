import { expect } from "chai";
import fc from "fast-check";
import type { DataSource } from "typeorm";
import { closeDatabase, type Database, openDatabase } from "../../../src/db/database.js";
import { canonicalBytes } from "../../../src/db/integrity/chains.js";
import { plainArray, timeArray } from "../../../src/db/sql.js";
import { postingHash } from "../../../src/ledger/chain.js";
import type { Posting } from "../../../src/ledger/transaction.js";
import { databaseOptions } from "../../support/engine.js";
import { testDatabase } from "../../support/postgres.js";

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

/** What the service can hash, to the ends of every range. */
const postings: fc.Arbitrary<Omit<Posting, "hash">> = fc.record({
  walletId: fc.uuid(),
  postingSeq: int64,
  transactionId: fc.uuid(),
  asset: fc.stringMatching(/^[a-z][a-z0-9_]{0,31}$/),
  amount: int64,
  balanceAfter: int64,
  heldAfter: int64,
  availableAfter: int64,
  version: int64,
  // From the year 2 to the year 9999, as in the tests of array literals.
  postTime: fc.bigInt({ min: -62_104_060_800_000_000n, max: 253_402_214_399_999_999n }),
});

describe("the hash of a posting, computed by PostgreSQL", () => {
  let database: Database;
  let reader: DataSource;

  before(async () => {
    database = await openDatabase(databaseOptions((await testDatabase()).url));
    reader = database.reader;
  });
  after(() => closeDatabase(database));

  async function hashesOf(previous: Buffer, of: readonly Omit<Posting, "hash">[]): Promise<string[]> {
    const bigints = (pick: (posting: Omit<Posting, "hash">) => bigint) => plainArray(of.map(pick));
    const rows: { hash: string }[] = await reader.query(
      `select encode(sha256($1::bytea || ${canonicalBytes}), 'hex') as hash
       from unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
         $9::bigint[], $10::timestamptz[], $11::text[]) with ordinality
         as p (wallet_id, posting_seq, transaction_id, amount, balance_after, held_after, available_after, version,
           post_time, asset, place)
       order by p.place`,
      [
        previous,
        plainArray(of.map(({ walletId }) => walletId)),
        bigints(({ postingSeq }) => postingSeq),
        plainArray(of.map(({ transactionId }) => transactionId)),
        bigints(({ amount }) => amount),
        bigints(({ balanceAfter }) => balanceAfter),
        bigints(({ heldAfter }) => heldAfter),
        bigints(({ availableAfter }) => availableAfter),
        bigints(({ version }) => version),
        timeArray(of.map(({ postTime }) => postTime)),
        plainArray(of.map(({ asset }) => asset)),
      ],
    );
    return rows.map(({ hash }) => hash);
  }

  it("is the one that the service computes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.array(postings, { minLength: 1, maxLength: 50 }),
        async (bytes, of) => {
          const previous = Buffer.from(bytes);
          const ours = of.map((posting) => postingHash(previous, posting).toString("hex"));
          expect(await hashesOf(previous, of)).to.deep.equal(ours);
        },
      ),
    );
  });
});
