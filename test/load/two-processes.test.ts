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
import { type TestDatabase, testDatabase } from "../support/postgres.js";
import { type Service, startService } from "../support/service.js";

const openingUnits = 100n;
const roundsMax = 3;

for (const isolation of ["read-committed", "serializable"]) {
  describe(`two service processes on one database, ${isolation}`, function () {
    this.timeout(120_000);
    let database: TestDatabase;
    let services: Service[] = [];
    let callers: Caller[] = [];
    let balances: ReadonlyMap<string, bigint>;

    before(async () => {
      database = await testDatabase();
      const env = { DATABASE_URL: database.url, DATABASE_ISOLATION: isolation };
      const first = await startService({ env });
      services = [first];
      services.push(await startService({ env }));
      callers = await Promise.all(services.map(openCaller));
      balances = await givenFundedHolders(first, openingUnits);
    });
    after(async () => {
      for (const caller of callers) caller.close();
      await Promise.all(services.map((service) => service.stop()));
    });
    afterEach(() => expectOracles(database.url));

    it("never overdraw one wallet", async () => {
      const plans = callers.map((_, process) =>
        Array.from({ length: 150 }, (_, index) => ({
          key: `one-wallet-${process}-${index}`,
          from: "holder-0",
          to: "holder-1",
          amount: 1n,
        })),
      );
      const ended = await Promise.all(
        callers.map((caller, index) => runToItsEnd(caller, plans[index] ?? [])),
      );
      const kinds = ended.flatMap((outcomes) => [...outcomes.values()].map((outcome) => kindOf(outcome)));
      expect(kinds.filter((kind) => kind === "done")).to.have.length(Number(openingUnits));
      expect(kinds.filter((kind) => kind === "INSUFFICIENT_FUNDS")).to.have.length(200);
      for (const [index, outcomes] of ended.entries())
        balances = balancesAfter(balances, plans[index] ?? [], outcomes);
      expect(await balancesIn(database.superuserUrl)).to.deep.equal(balances);
    });

    it("make a transfer that both are asked for under one key once, and answer the same", async () => {
      const plan = planCalls("both", "transfer", 2_000);
      const [one, two] = await Promise.all(callers.map((caller) => runToItsEnd(caller, plan)));
      for (const { key } of plan) {
        const [first, second] = [one, two].map((outcomes) => endOf(outcomes?.get(key)));
        expect(first?.end, key).to.deep.equal(second?.end);
        expect([first?.replayed, second?.replayed], key).to.have.members([true, false]);
      }
      balances = balancesAfter(balances, plan, one ?? new Map());
      expect(await balancesIn(database.superuserUrl)).to.deep.equal(balances);
    });

    it("pay out of one treasury, each as often as it was asked to", async () => {
      const plans: PlannedCall[][] = callers.map((_, index) =>
        planCalls(`treasury-${index}`, "top-up", 1_000),
      );
      const ended = await Promise.all(
        callers.map((caller, index) => runToItsEnd(caller, plans[index] ?? [])),
      );
      for (const [index, outcomes] of ended.entries()) {
        expect(new Set([...outcomes.values()].map((outcome) => kindOf(outcome)))).to.deep.equal(
          new Set(["done"]),
        );
        balances = balancesAfter(balances, plans[index] ?? [], outcomes);
      }
      expect(await balancesIn(database.superuserUrl)).to.deep.equal(balances);
    });
  });
}

/**
 * Makes the calls, and makes those again that were told to come again with the same key. Under SERIALIZABLE a call may be,
 * where hundreds want the same rows at once.
 */
async function runToItsEnd(
  caller: Caller,
  calls: readonly PlannedCall[],
): Promise<ReadonlyMap<string, CallOutcome>> {
  const outcomes = await runLoad(caller, calls);
  for (let again = 0; again < roundsMax; again++) {
    const left = calls.filter(({ key }) => kindOf(outcomes.get(key)) === "CONTENTION");
    for (const [key, outcome] of await runLoad(caller, left)) outcomes.set(key, outcome);
  }
  return outcomes;
}

function endOf(outcome: CallOutcome | undefined) {
  if (outcome === undefined || outcome.kind === "unanswered")
    throw new Error(`no answer: ${outcome?.details}`);
  const { replayed, ...end } = outcome;
  return { replayed, end };
}

function kindOf(outcome: CallOutcome | undefined): string | undefined {
  return outcome?.kind === "refused" ? outcome.reason : outcome?.kind;
}
