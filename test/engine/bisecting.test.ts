import { expect } from "chai";
import pg from "pg";
import { kindOfFailure } from "../../src/db/failure.js";
import { freshKey, type TestEngine, topUp, transfer } from "../support/engine.js";
import { useSuite } from "../support/suite.js";
import { balanceOfHolder, countOf } from "../support/watch.js";

const aliceToBob = { from: "alice", to: "bob" };

describe("a batch that the database refuses", () => {
  const suite = useSuite({ holders: ["alice", "bob"] });

  before(() => topUp(suite.engine, "alice", 10_000n));

  it("posts all but the one command that breaks a rule, whose key stays free", async () => {
    const owner = await suite.stranger();
    await owner.query("alter table transactions add constraint no_13 check (amount <> 13) not valid");
    const guilty = freshKey();
    const amounts = [1n, 2n, 3n, 13n, 5n, 6n, 7n];
    const before = await balanceOfHolder(suite.watcher, "bob");
    const outcomes = await Promise.allSettled(
      amounts.map((amount) =>
        transfer(suite.engine, aliceToBob, amount, amount === 13n ? guilty : freshKey()),
      ),
    );
    expect(outcomes.map(({ status }) => status === "fulfilled")).to.deep.equal(
      amounts.map((amount) => amount !== 13n),
    );
    const [failed] = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    expect(failed).to.include({ code: "23514", constraint: "no_13" });
    expect((await balanceOfHolder(suite.watcher, "bob")) - before).to.equal(24n);
    expect(await countOf(suite.watcher, "from idempotency_keys where key = $1", [guilty])).to.equal(0);

    await owner.query("alter table transactions drop constraint no_13");
    expect((await transfer(suite.engine, aliceToBob, 13n, guilty)).replayed).to.equal(false);
  });

  it("fails every caller of the one key that breaks a rule, and no other", async () => {
    const owner = await suite.stranger();
    await owner.query("alter table transactions add constraint no_13 check (amount <> 13) not valid");
    const guilty = freshKey();
    const outcomes = await Promise.allSettled([
      transfer(suite.engine, aliceToBob, 13n, guilty),
      transfer(suite.engine, aliceToBob, 13n, guilty),
      transfer(suite.engine, aliceToBob, 1n),
    ]);
    await owner.query("alter table transactions drop constraint no_13");
    expect(outcomes.map(({ status }) => status)).to.deep.equal(["rejected", "rejected", "fulfilled"]);
  });

  it("is not taken apart for a failure that is no command's fault", async () => {
    const owner = await suite.stranger();
    await owner.query("revoke insert on postings from wallet_service");
    const transactions = countTransactions(suite.engine);
    const outcomes = await Promise.allSettled(
      [1n, 2n, 3n, 4n].map((n) => transfer(suite.engine, aliceToBob, n)),
    );
    await owner.query("grant insert on postings to wallet_service");
    expect(transactions.stop()).to.equal(1);
    for (const outcome of outcomes) {
      expect(outcome.status === "rejected" && outcome.reason).to.include({ code: "42501" });
    }
  });
});

describe("a failure of the database", () => {
  const failed = (code: string, constraint?: string) =>
    kindOfFailure(Object.assign(new pg.DatabaseError(code, 0, "error"), { code, constraint }));

  it("makes a command guilty when it is about data or constraints, and only then", () => {
    for (const code of ["22003", "22021", "23502", "23505", "23514"]) expect(failed(code)).to.equal("guilty");
    for (const code of ["42501", "42P01", "0A000"]) expect(failed(code)).not.to.equal("guilty");
  });

  it("is tried again when others were in the way", () => {
    for (const code of ["40001", "40P01", "55P03"]) expect(failed(code)).to.equal("rerun");
  });

  it("is tried again when another transaction opened the same wallet, on any shard", () => {
    expect(failed("23505", "wallets_pkey")).to.equal("rerun");
    expect(failed("23505", "wallets_pkey_102008")).to.equal("rerun");
    expect(failed("23505", "postings_3_pkey")).to.equal("guilty");
  });

  it("is the database's when it cannot do it now", () => {
    for (const code of ["08006", "53300", "57P01", "58030", "XX000"])
      expect(failed(code)).to.equal("unavailable");
  });
});

/** Counts the transactions that an engine begins from now on. */
function countTransactions({ database: { writer } }: TestEngine): { stop(): number } {
  const createQueryRunner = writer.createQueryRunner;
  let count = 0;
  writer.createQueryRunner = function counted(mode) {
    count++;
    return createQueryRunner.call(writer, mode);
  };
  return {
    stop: () => {
      writer.createQueryRunner = createQueryRunner;
      return count;
    },
  };
}
