import { expect } from "chai";
import { startEmbedded } from "../../src/embedded/embedded.js";
import { cleanUp, newDataDir } from "../embedded/support.js";
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
import { onServer, testDatabase } from "../support/postgres.js";
import { type Service, startService } from "../support/service.js";

const calls = planCalls("killed", "transfer", 10_000);
const openingUnits = 100n;
/** One in so many of the calls that were answered is made again, too. */
const sampleEvery = 10;

describe("a server that is killed with SIGKILL in the middle of 10,000 transfers", function () {
  this.timeout(300_000);
  let service: Service | undefined;
  let caller: Caller | undefined;

  afterEach(async () => {
    caller?.close();
    await service?.kill();
    await cleanUp();
  });

  it("has made each transfer exactly once after a restart and a retry, on its embedded database", async () => {
    const dataDir = newDataDir();
    const { balances, outcomes } = await killAndRetry({ WALLET_DATA_DIR: dataDir });
    await service?.stop();
    const database = await startEmbedded({ dataDir });
    try {
      await expectOnce(database.url, balances, outcomes);
    } finally {
      await database.stop();
    }
  });

  it("has made each transfer exactly once after a restart and a retry, on a PostgreSQL that lives on", async () => {
    const database = await testDatabase();
    const { balances, outcomes } = await killAndRetry({ DATABASE_URL: database.url });
    await service?.stop();
    await expectOnce(database.url, balances, outcomes);
  });

  /** Kills the server when half of the calls are answered, starts another one, and makes the rest of them there. */
  async function killAndRetry(env: Record<string, string>) {
    const killed = await startService({ env });
    service = killed;
    caller = await openCaller(killed);
    const balances = await givenFundedHolders(killed, openingUnits);
    let death: Promise<void> | undefined;
    const first = await runLoad(caller, calls, (outcomes) => {
      if (outcomes.size >= calls.length / 2) death ??= killed.kill();
      return death === undefined ? "go on" : "end";
    });
    await death;
    caller.close();
    service = await startService({ env });
    caller = await openCaller(service);
    const outcomes = await retry(caller, first);
    return { balances, outcomes };
  }
});

/** Makes again, with its key, every call without an answer and some of the others. Returns how each ended. */
async function retry(
  caller: Caller,
  first: ReadonlyMap<string, CallOutcome>,
): Promise<ReadonlyMap<string, CallOutcome>> {
  const isAnswered = ({ key }: PlannedCall) => (first.get(key)?.kind ?? "unanswered") !== "unanswered";
  const answered = calls.filter(isAnswered);
  expect(answered.length, "calls answered before the kill").to.be.within(calls.length / 2, calls.length - 1);
  const unanswered = await runLoad(
    caller,
    calls.filter((call) => !isAnswered(call)),
  );
  for (const [key, outcome] of unanswered)
    expect(reasonOf(outcome), key).to.be.oneOf(["", "INSUFFICIENT_FUNDS"]);
  const again = await runLoad(
    caller,
    answered.filter((_, index) => index % sampleEvery === 0),
  );
  for (const [key, outcome] of again)
    expect(outcome, key).to.deep.equal({ ...first.get(key), replayed: true });
  return new Map([...first, ...unanswered]);
}

async function expectOnce(
  url: string,
  opening: ReadonlyMap<string, bigint>,
  outcomes: ReadonlyMap<string, CallOutcome>,
): Promise<void> {
  const made = await onServer<{ description: string; id: string; state: string; reason: string }>(
    url,
    `select description, id, state, coalesce(refused_reason, '') as reason from transactions
     where description like 'killed-%'`,
  );
  expect(made).to.have.length(calls.length);
  for (const { description, id, state, reason } of made) {
    const outcome = outcomes.get(description);
    expect(state, description).to.equal(outcome?.kind === "done" ? "POSTED" : "REFUSED");
    expect(reason, description).to.equal(reasonOf(outcome));
    if (outcome?.kind === "done") expect(id, description).to.equal(outcome.response.transactionId);
  }
  expect(await balancesIn(url)).to.deep.equal(balancesAfter(opening, calls, outcomes));
  await expectOracles(url);
}

/** Why a call was refused; empty when it was done, and what broke when nobody answered. */
function reasonOf(outcome: CallOutcome | undefined): string {
  if (outcome?.kind === "refused") return outcome.reason;
  return outcome?.kind === "done" ? "" : `unanswered: ${outcome?.details}`;
}
