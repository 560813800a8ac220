import { expect } from "chai";
import type { Caller } from "../support/caller.js";
import {
  balancesAfter,
  balancesIn,
  type CallOutcome,
  givenFundedHolders,
  openCaller,
  type PlannedCall,
  planCalls,
  runLoad,
} from "../support/load.js";
import { expectOracles } from "../support/oracles.js";
import { onServer, type TestDatabase, testDatabase } from "../support/postgres.js";
import { type Service, startService } from "../support/service.js";

const callsCount = 10_000;
const openingUnits = 100n;

describe("10,000 calls from 256 concurrent callers on 1,000 wallets", function () {
  this.timeout(300_000);
  let database: TestDatabase;
  let service: Service;
  let caller: Caller;
  let balances: Map<string, bigint>;

  before(async () => {
    database = await testDatabase();
    service = await startService({ env: { DATABASE_URL: database.url } });
    caller = await openCaller(service);
    balances = await givenFundedHolders(service, openingUnits);
  });
  after(async () => {
    caller?.close();
    await service?.stop();
  });
  afterEach(() => expectOracles(database.url));

  it("moves each transfer once, and refuses only for want of funds", async () => {
    const calls = planCalls("transfer", "transfer", callsCount);
    const outcomes = await runLoad(caller, calls);
    expect(kindsOf(outcomes)).to.have.all.keys("done", "refused INSUFFICIENT_FUNDS");
    await expectCounted(calls, outcomes);
  });

  it("moves each top-up from the one treasury once, and refuses none", async () => {
    const calls = planCalls("top-up", "top-up", callsCount);
    const outcomes = await runLoad(caller, calls);
    expect(kindsOf(outcomes)).to.deep.equal({ done: callsCount });
    await expectCounted(calls, outcomes);
  });

  /** What the database holds is what the client counted. */
  async function expectCounted(
    calls: readonly PlannedCall[],
    outcomes: ReadonlyMap<string, CallOutcome>,
  ): Promise<void> {
    balances = balancesAfter(balances, calls, outcomes);
    expect(await balancesIn(database.superuserUrl)).to.deep.equal(balances);
    const states = await onServer<{ description: string; state: string }>(
      database.superuserUrl,
      "select description, state from transactions where description = any($1)",
      [calls.map(({ key }) => key)],
    );
    expect(states).to.have.length(calls.length);
    const expected = calls.map(
      ({ key }) => [key, outcomes.get(key)?.kind === "done" ? "POSTED" : "REFUSED"] as const,
    );
    expect(new Map(states.map(({ description, state }) => [description, state]))).to.deep.equal(
      new Map(expected),
    );
  }
});

/** How often each kind of outcome came. */
function kindsOf(outcomes: ReadonlyMap<string, CallOutcome>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes.values()) {
    const kind = outcome.kind === "refused" ? `refused ${outcome.reason}` : outcome.kind;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
