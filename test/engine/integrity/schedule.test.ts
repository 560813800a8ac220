import { expect } from "chai";
import { closeDatabase, openDatabase } from "../../../src/db/database.js";
import type { IntegrityVerdict } from "../../../src/engine/integrity/check.js";
import { IntegrityChecks } from "../../../src/engine/integrity/checks.js";
import { defaultIntegrityLimits } from "../../../src/engine/integrity/limits.js";
import { IntegritySchedule } from "../../../src/engine/integrity/schedule.js";
import { defaultEngineLimits as limits } from "../../../src/engine/limits.js";
import { WalletError } from "../../../src/ledger/wallet-error.js";
import { databaseOptions } from "../../support/engine.js";
import { expectOracles } from "../../support/oracles.js";
import { testDatabase } from "../../support/postgres.js";

describe("the schedule of integrity checks", () => {
  let stop: () => Promise<void>;

  it("makes its check while callers leave as many unread as may run at once", async () => {
    const { url } = await testDatabase();
    const database = await openDatabase(databaseOptions(url));
    const integrity = new IntegrityChecks(database.reader, limits, defaultIntegrityLimits);
    const { signal } = new AbortController();
    const open = () => integrity.check({ asset: null, token: null }, signal);
    const unread = Array.from({ length: defaultIntegrityLimits.checksMax }, open);
    for (const check of unread) await check.next();
    const refusal = await open()
      .next()
      .catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(WalletError).with.property("reason", "OVERLOADED");

    const times = { intervalMs: 3_600_000, pollMs: 20, leaseMs: 10_000 };
    const verdict = await new Promise<IntegrityVerdict>((resolve, reject) => {
      const told = { lastRun: () => {}, verified: () => {}, found: () => {}, ended: resolve, failed: reject };
      const schedule = new IntegritySchedule({ database, limits, integrity }, times, told);
      schedule.start();
      stop = () => schedule.stop();
    }).finally(() => stop());
    expect(verdict.findingCount).to.equal(0n);

    for (const check of unread) await check.return();
    await closeDatabase(database);
    await expectOracles(url);
  });
});
