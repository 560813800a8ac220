import { expect } from "chai";
import { closeDatabase, type Database, openDatabase } from "../../../src/db/database.js";
import { lowestId } from "../../../src/db/lowest-id.js";
import type { IntegrityEvent, IntegrityToken } from "../../../src/engine/integrity/check.js";
import { IntegrityChecks } from "../../../src/engine/integrity/checks.js";
import { defaultIntegrityLimits } from "../../../src/engine/integrity/limits.js";
import { defaultEngineLimits } from "../../../src/engine/limits.js";
import { WalletError } from "../../../src/ledger/wallet-error.js";
import { type BusyLedger, makeBusyLedger } from "../../support/busy-ledger.js";
import { databaseOptions } from "../../support/engine.js";
import { checkedOf, stepsOf } from "../../support/integrity.js";
import { expectOracles } from "../../support/oracles.js";
import { onServer } from "../../support/postgres.js";

const dayMicros = 86_400_000_000n;

interface Counts {
  readonly wallet_count: string;
  readonly posting_count: string;
}

describe("what an integrity check has captured", () => {
  let ledger: BusyLedger;
  let database: Database;
  let checks: IntegrityChecks;
  const { signal } = new AbortController();

  before(async () => {
    ledger = await makeBusyLedger();
    database = await openDatabase(databaseOptions(ledger.database.url));
    const limits = { ...defaultIntegrityLimits, ...stepsOf(4) };
    checks = new IntegrityChecks(database.reader, defaultEngineLimits, limits);
  });
  after(async () => {
    await closeDatabase(database);
    await expectOracles(ledger.database.url);
  });

  const asOwner = <Row extends object = never>(sql: string, parameters: unknown[] = []) =>
    onServer<Row>(ledger.database.superuserUrl, sql, parameters);

  const check = (token: IntegrityToken | null = null, asset: string | null = null) =>
    checks.check({ asset, token }, signal);

  /** Goes on with a check until an event for which something holds, and returns that. */
  async function until(
    events: AsyncGenerator<IntegrityEvent>,
    holds: (event: IntegrityEvent) => boolean,
  ): Promise<IntegrityEvent> {
    for (;;) {
      const { value } = await events.next();
      if (value === undefined) return expect.fail("the check ended before that");
      if (holds(value)) return value;
    }
  }

  const isIn = (phase: string) => (event: IntegrityEvent) =>
    event.kind === "progress" && event.phase === phase;

  async function drained(events: AsyncGenerator<IntegrityEvent>): Promise<IntegrityEvent[]> {
    const all: IntegrityEvent[] = [];
    for await (const event of events) all.push(event);
    return all;
  }

  async function failureOf(events: AsyncGenerator<IntegrityEvent>): Promise<WalletError> {
    const outcome = await drained(events).catch((error: unknown) => error);
    if (outcome instanceof WalletError) return outcome;
    return expect.fail(`the check did not fail with a WalletError, but with ${outcome}`);
  }

  async function countsOf(asset: string | null): Promise<Counts> {
    const [row] = await asOwner<Counts>(
      `select count(*)::text as wallet_count, sum(posting_seq)::text as posting_count from wallets
       where $1::text is null or asset = $1`,
      [asset],
    );
    return row ?? expect.fail("there are no wallets");
  }

  async function expectNotEnded({ runId }: IntegrityToken): Promise<void> {
    const [row] = await asOwner<object>("select finding_count, end_time from integrity_runs where id = $1", [
      runId,
    ]);
    expect(row).to.deep.equal({ finding_count: null, end_time: null });
  }

  for (const asset of [null, "gold"]) {
    it(`is no proof when it was emptied after the first event, of ${asset ?? "all assets"}`, async () => {
      const events = check(null, asset);
      const { token } = await until(events, () => true);
      await asOwner("truncate integrity_heads");
      const { reason, message, metadata, retryDelayMs } = await failureOf(events);
      expect(reason).to.equal("DATABASE_UNAVAILABLE");
      expect(metadata).to.deep.equal({
        ...(await countsOf(asset)),
        checked_wallet_count: "0",
        checked_posting_count: "0",
      });
      for (const figure of Object.values(metadata)) expect(message).to.include(figure);
      expect(message).to.include("begin anew");
      // With one, the caller would be told where to go on, and there is no such place any more.
      expect(retryDelayMs).to.equal(undefined);
      await expectNotEnded(token);
    });
  }

  it("is no proof when one wallet of it is gone before its turn", async () => {
    const events = check();
    const { token } = await until(events, () => true);
    await asOwner(
      `delete from integrity_heads where (run_id, wallet_id) in (
         select run_id, wallet_id from integrity_heads where run_id = $1 order by wallet_id desc limit 1)`,
      [token.runId],
    );
    const { reason, metadata } = await failureOf(events);
    expect(reason).to.equal("DATABASE_UNAVAILABLE");
    expect(BigInt(metadata.checked_wallet_count ?? "")).to.equal(BigInt(metadata.wallet_count ?? "") - 1n);
    await expectNotEnded(token);
  });

  it("is no proof when it was emptied after every wallet was verified", async () => {
    const events = check();
    const { token } = await until(events, isIn("keys"));
    await asOwner("truncate integrity_heads");
    const { reason, metadata } = await failureOf(events);
    expect(reason).to.equal("DATABASE_UNAVAILABLE");
    expect(metadata.checked_wallet_count).to.equal(metadata.wallet_count);
    await expectNotEnded(token);
  });

  it("stays as long as the check that captured it goes on, however long ago that was", async () => {
    const events = check();
    const { token } = await until(events, isIn("wallets"));
    await makeOld(token);
    expect(checkedOf(await drained(check())).verdict.findingCount).to.equal(0n);
    const { verdict } = checkedOf(await drained(events));
    expect(verdict.wallets).to.equal(BigInt((await countsOf(null)).wallet_count));
  });

  it("is forgotten a day after the last place of the check that captured it", async () => {
    const events = check();
    const { token } = await until(events, isIn("wallets"));
    await events.return();
    await makeOld(token);
    const longAgo = lowestId(BigInt(Date.now()) * 1_000n - 2n * dayMicros);
    await asOwner("delete from integrity_places where run_id = $1 and id <> $2", [
      token.runId,
      token.placeId,
    ]);
    await asOwner("update integrity_places set id = $2 where run_id = $1", [token.runId, longAgo]);
    await drained(check());
    for (const table of ["integrity_heads", "integrity_places"]) {
      expect(await asOwner<object>(`select from ${table} where run_id = $1`, [token.runId])).to.have.lengthOf(
        0,
      );
    }
  });

  /** As if a check had begun two days ago. */
  async function makeOld({ runId }: IntegrityToken): Promise<void> {
    await asOwner(
      "update integrity_runs set snapshot_time = snapshot_time - interval '2 days' where id = $1",
      [runId],
    );
  }
});
