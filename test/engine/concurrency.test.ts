import { expect } from "chai";
import { freshKey, reasonOf, type TestEngine, topUp, transfer } from "../support/engine.js";
import { useSuite } from "../support/suite.js";
import { balanceOfHolder, countOf } from "../support/watch.js";

for (const isolation of ["read committed", "serializable"] as const) {
  describe(`many callers at once, ${isolation}`, () => {
    const suite = useSuite({ holders: ["alice", "bob", "carol", "dave"], isolation });

    it("never overdraw one wallet, by two engines", async () => {
      await topUp(suite.engine, "alice", 100n);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 300 }, (_, index) =>
          transfer(index % 2 === 0 ? suite.engine : suite.other, { from: "alice", to: "bob" }, 1n),
        ),
      );
      const refused = outcomes.filter(({ status }) => status === "rejected");
      expect(new Set(await Promise.all(refused.map(reasonOfSettled)))).to.deep.equal(
        new Set(["INSUFFICIENT_FUNDS"]),
      );
      expect(refused).to.have.length(200);
      expect(await balanceOfHolder(suite.watcher, "alice")).to.equal(0n);
      expect(await balanceOfHolder(suite.watcher, "bob")).to.equal(100n);
    });

    it("send value both ways between two wallets without a deadlock, by two engines", async () => {
      await Promise.all([topUp(suite.engine, "carol", 1_000n), topUp(suite.engine, "dave", 1_000n)]);
      const deadlocks = () =>
        countOf(suite.watcher, "from pg_stat_database where datname = current_database() and deadlocks > 0");
      const there = { from: "carol", to: "dave" };
      const back = { from: "dave", to: "carol" };
      const calls = ({ engine, way }: { engine: TestEngine; way: typeof there }) =>
        Array.from({ length: 200 }, () => transfer(engine, way, 1n));
      const results = await Promise.all([
        ...calls({ engine: suite.engine, way: there }),
        ...calls({ engine: suite.engine, way: back }),
        ...calls({ engine: suite.other, way: back }),
        ...calls({ engine: suite.other, way: there }),
      ]);
      expect(results.every(({ transaction }) => transaction?.state === "POSTED")).to.equal(true);
      expect(await balanceOfHolder(suite.watcher, "carol")).to.equal(1_000n);
      expect(await balanceOfHolder(suite.watcher, "dave")).to.equal(1_000n);
      expect(await deadlocks()).to.equal(0);
    });

    it("a thousand with 50 keys move money 50 times, and the others replay that", async () => {
      await topUp(suite.engine, "alice", 500n);
      const keys = Array.from({ length: 50 }, freshKey);
      const before = await balanceOfHolder(suite.watcher, "bob");
      const results = await Promise.all(
        Array.from({ length: 1_000 }, (_, index) => {
          const key = keys[index % keys.length];
          const engine = index % 3 === 0 ? suite.other : suite.engine;
          return transfer(engine, { from: "alice", to: "bob" }, 10n, key);
        }),
      );
      expect(results.filter(({ replayed }) => !replayed)).to.have.length(50);
      expect(new Set(results.map(({ transaction }) => transaction?.id)).size).to.equal(50);
      expect((await balanceOfHolder(suite.watcher, "bob")) - before).to.equal(500n);
      expect(await balanceOfHolder(suite.watcher, "alice")).to.equal(0n);
    });
  });
}

async function reasonOfSettled(outcome: PromiseSettledResult<unknown>): Promise<string> {
  return reasonOf(outcome.status === "rejected" ? Promise.reject(outcome.reason) : Promise.resolve());
}
