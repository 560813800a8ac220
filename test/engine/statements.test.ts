import { expect } from "chai";
import { findWallet } from "../../src/db/wallets.js";
import { defaultEngineLimits } from "../../src/engine/limits.js";
import { Settling } from "../../src/engine/settled.js";
import { openSpan, readPostings, readTotals, type StatementSpan } from "../../src/engine/statements.js";
import { holderWalletId } from "../../src/ledger/wallet.js";
import { topUp } from "../support/engine.js";
import { useSuite } from "../support/suite.js";
import { untilBlocked } from "../support/watch.js";

describe("the span of a statement", () => {
  const suite = useSuite({ holders: ["alice", "bob"] });
  const whole = { start: null, end: null };
  const patient = new AbortController().signal;

  async function spanOf(holderId: string): Promise<StatementSpan> {
    const { database } = suite.engine;
    const wallet = await findWallet(database.reader, holderWalletId("gold", holderId));
    if (wallet === undefined) throw new Error(`${holderId} has no wallet`);
    return openSpan(database.reader, new Settling(database, defaultEngineLimits), wallet, whole);
  }

  it("ends after everything that was under way when it was asked for", async () => {
    await topUp(suite.engine, "alice", 5n);
    const stranger = await suite.stranger();
    await stranger.query("begin");
    await stranger.query("select from wallets where id = $1 for update", [holderWalletId("gold", "alice")]);
    const opening = spanOf("alice");
    await untilBlocked(suite.watcher, 1, "%wallets%");
    const { rows } = await stranger.query<{ micros: string }>(
      "select (extract(epoch from clock_timestamp()) * 1000000)::bigint as micros",
    );
    await stranger.query("rollback");
    expect((await opening).endTime > BigInt(rows[0]?.micros ?? 0)).to.equal(true);
  });

  it("is read whole and in order, page by page, and stops between pages when nobody waits", async () => {
    const amounts = Array.from({ length: 1_001 }, (_, index) => BigInt(index + 1));
    await Promise.all(amounts.map((amount) => topUp(suite.engine, "bob", amount)));
    const span = await spanOf("bob");
    await topUp(suite.engine, "bob", 1n);
    const seqs: bigint[] = [];
    for await (const posting of readPostings(suite.engine.database.reader, span, patient)) {
      seqs.push(posting.postingSeq);
    }
    expect(seqs).to.deep.equal(amounts);
    const totals = await readTotals(suite.engine.database.reader, span, patient);
    expect(totals.sum()).to.deep.equal({ credits: 501_501n, debits: 0n, postingCount: 1_001n });

    const { signal, abort } = abortable();
    const reason = new Error("nobody waits");
    let read = 0;
    let thrown: unknown;
    try {
      for await (const _ of readPostings(suite.engine.database.reader, span, signal)) {
        read += 1;
        abort(reason);
      }
    } catch (error) {
      thrown = error;
    }
    expect([read, thrown]).to.deep.equal([500, reason]);
    const refused = readTotals(suite.engine.database.reader, span, signal).catch((error: unknown) => error);
    expect(await refused).to.equal(reason);
  });
});

function abortable(): { signal: AbortSignal; abort: (reason: Error) => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}
