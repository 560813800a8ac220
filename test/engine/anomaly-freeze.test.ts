import { expect } from "chai";
import { type AnomalyRules, defaultAnomalyRules } from "../../src/ledger/anomaly/thresholds.js";
import { holderWalletId } from "../../src/ledger/wallet.js";
import { acts } from "../support/acts.js";
import { givenAnomaly, transactionsOf } from "../support/anomalies.js";
import { topUp, transfer } from "../support/engine.js";
import { useLookOuts } from "../support/look-outs.js";
import { countOf, until, walletOf } from "../support/watch.js";

const freezing: AnomalyRules = {
  ...defaultAnomalyRules,
  drain_after_top_up: { ...defaultAnomalyRules.drain_after_top_up, freeze: true },
};

describe("the freeze of an anomaly", () => {
  const { suite, holder, watchOf, upToDate, foundOf, drain } = useLookOuts();
  const walletId = (holderId: string) => holderWalletId("gold", holderId);

  it("is made where the rule says so, as FreezeWallet makes it, and once", async () => {
    const alice = holder();
    await drain(alice);
    const first = watchOf(suite.engine, freezing);
    first.watch.start();
    await until("it is frozen", async () => (await walletOf(suite.watcher, alice))?.status === "FROZEN");
    await first.watch.stop();
    expect(first.told.froze.map(({ holderId }) => holderId)).to.deep.equal([alice]);
    expect((await foundOf(alice)).map(({ freeze }) => freeze)).to.deep.equal(["FROZEN"]);
    const { rows } = await suite.watcher.query(
      "select kind, caller, method, reason from audit_log where resource_id = $1",
      [walletId(alice)],
    );
    expect(rows).to.deep.equal([
      {
        kind: "ADMINISTRATION",
        caller: "|service|anomalies",
        method: "wallet.v1.AdminService/FreezeWallet",
        reason: first.told.found.find(({ holderId }) => holderId === alice)?.summary,
      },
    ]);
    await acts.setWallet(suite.engine, alice, "ACTIVE");
    const second = watchOf(suite.engine, freezing);
    second.watch.start();
    await drain(holder());
    await upToDate();
    await until(
      "the other is frozen",
      async () =>
        (await countOf(suite.watcher, "from anomalies where freeze_state = 'DUE'")) === 0 &&
        second.told.froze.length === 1,
    );
    expect((await walletOf(suite.watcher, alice))?.status).to.equal("ACTIVE");
  });

  it("is made by the next process when the one that found it has died", async () => {
    const alice = holder();
    await topUp(suite.engine, alice, 10n);
    const wallet = walletId(alice);
    const transactionIds = await transactionsOf(suite.database, wallet);
    await givenAnomaly(suite.database, {
      walletId: wallet,
      holderId: alice,
      transactionIds,
      freezeState: "DUE",
    });
    const { watch, told } = watchOf(suite.engine);
    watch.start();
    await until("it is frozen", async () => (await foundOf(alice))[0]?.freeze === "FROZEN");
    expect((await walletOf(suite.watcher, alice))?.status).to.equal("FROZEN");
    await watch.stop();
    expect(told.froze).to.have.lengthOf(1);
  });

  it("leaves a wallet that is closed or frozen already, and the anomaly says so", async () => {
    const [closed, frozen] = [holder(), holder()];
    for (const one of [closed, frozen]) {
      await topUp(suite.engine, one, 10n);
      await transfer(suite.engine, { from: one, to: "payee" }, 10n);
      const wallet = walletId(one);
      const transactionIds = await transactionsOf(suite.database, wallet);
      await givenAnomaly(suite.database, {
        walletId: wallet,
        holderId: one,
        transactionIds,
        freezeState: "DUE",
      });
    }
    await acts.closeWallet(suite.engine, closed);
    await acts.setWallet(suite.engine, frozen, "FROZEN");
    const { watch, told } = watchOf(suite.engine);
    watch.start();
    const freezes = async () => [(await foundOf(closed))[0]?.freeze, (await foundOf(frozen))[0]?.freeze];
    await until("both are left", async () => (await freezes()).every((freeze) => freeze === "LEFT"));
    expect((await walletOf(suite.watcher, closed))?.status).to.equal("CLOSED");
    await watch.stop();
    expect(told.froze).to.deep.equal([]);
    expect(told.failures).to.deep.equal([]);
  });

  it("is not made for what is too old to be stopped", async () => {
    const alice = holder();
    await drain(alice);
    const { watch } = watchOf(suite.engine, freezing, { freezeAgeSecondsMax: 0 });
    watch.start();
    await upToDate();
    expect((await foundOf(alice)).map(({ freeze }) => freeze)).to.deep.equal(["NONE"]);
    expect((await walletOf(suite.watcher, alice))?.status).to.equal("ACTIVE");
  });
});
