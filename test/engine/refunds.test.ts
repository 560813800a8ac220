import { expect } from "chai";
import type { MovementResult } from "../../src/engine/outcome.js";
import type { Original } from "../../src/ledger/original.js";
import { originalOf, refundOf, reversalOf } from "../support/corrections.js";
import { reasonOf, topUp, transfer } from "../support/engine.js";
import { onServer } from "../support/postgres.js";
import { useSuite } from "../support/suite.js";
import { balanceOfHolder, untilBlocked } from "../support/watch.js";

describe("refunds and reversals by many callers at once", () => {
  const suite = useSuite({ holders: ["alice", "bob"] });

  before(async () => {
    await Promise.all([topUp(suite.engine, "alice", 100_000n), topUp(suite.engine, "bob", 100_000n)]);
  });

  const aliceToBob = (amount: bigint): Promise<Original> =>
    originalOf(suite.engine, transfer(suite.engine, { from: "alice", to: "bob" }, amount));
  const submit = (command: ReturnType<typeof refundOf>, index: number) =>
    (index % 2 === 0 ? suite.engine : suite.other).poster.submit(command);
  const totalOf = ({ transaction }: Original) =>
    onServer<{ refunded: string; reversed_by: string | null }>(
      suite.database.url,
      "select refunded, reversed_by from refund_totals where transaction_id = $1",
      [transaction.id],
    );

  it("never give back more than the original, and succeed exactly as often as it allows", async () => {
    const original = await aliceToBob(100n);
    const before = await balanceOfHolder(suite.watcher, "alice");
    const { done, reasons } = await settled(
      Array.from({ length: 50 }, (_, index) => submit(refundOf(original, 3n), index)),
    );
    expect(done).to.have.length(33);
    expect(reasons).to.deep.equal(Array(17).fill("REFUND_AMOUNT_EXCEEDED"));
    expect(await balanceOfHolder(suite.watcher, "alice")).to.equal(before + 99n);
    expect(await totalOf(original)).to.deep.equal([{ refunded: "99", reversed_by: null }]);
    const steps = done.map(({ refundTotal }) => refundTotal?.refunded ?? 0n);
    expect(
      steps.sort((a, b) => Number(a - b)),
      "each answer tells its own moment",
    ).to.deep.equal(Array.from({ length: 33 }, (_, index) => BigInt(index + 1) * 3n));
  });

  it("for all that is left have one winner", async () => {
    const original = await aliceToBob(10n);
    const { done, reasons } = await settled(
      Array.from({ length: 20 }, (_, index) => submit(refundOf(original, null), index)),
    );
    expect(done.map(({ transaction }) => transaction?.amount)).to.deep.equal([10n]);
    expect(reasons).to.deep.equal(Array(19).fill("REFUND_AMOUNT_EXCEEDED"));
  });

  it("in one batch see what those before them did", async () => {
    const original = await aliceToBob(10n);
    suite.engine.batches.length = 0;
    const commands = [
      refundOf(original, 6n),
      refundOf(original, 6n),
      refundOf(original, 6n, { validateOnly: true }),
      refundOf(original, null),
      reversalOf(original),
    ];
    const { done, reasons } = await settled(commands.map((command) => suite.engine.poster.submit(command)));
    expect(suite.engine.batches).to.deep.equal([{ lane: "fast", size: 5 }]);
    expect(done.map(({ transaction }) => transaction?.amount)).to.deep.equal([6n, 4n]);
    expect(reasons).to.deep.equal(["REFUND_AMOUNT_EXCEEDED", "REFUND_AMOUNT_EXCEEDED", "NOT_REFUNDABLE"]);
  });

  it("against each other have one winner", async () => {
    for (let round = 0; round < 12; round++) {
      const original = await aliceToBob(10n);
      const calls = [refundOf(original, 10n), reversalOf(original)];
      if (round % 2 === 1) calls.reverse();
      const { done, reasons } = await settled(calls.map(submit));
      expect(done).to.have.length(1);
      const winner = done[0]?.transaction?.type;
      expect(winner).to.be.oneOf(["REFUND", "REVERSAL"]);
      expect(reasons).to.deep.equal([winner === "REFUND" ? "NOT_REFUNDABLE" : "ALREADY_REVERSED"]);
    }
  });

  it("undo one transaction once", async () => {
    const original = await aliceToBob(10n);
    const before = await balanceOfHolder(suite.watcher, "alice");
    const { done, reasons } = await settled(
      Array.from({ length: 20 }, (_, index) => submit(reversalOf(original), index)),
    );
    expect(done).to.have.length(1);
    expect(reasons).to.deep.equal(Array(19).fill("ALREADY_REVERSED"));
    expect(await balanceOfHolder(suite.watcher, "alice")).to.equal(before + 10n);
    expect(await totalOf(original)).to.deep.equal([{ refunded: "0", reversed_by: done[0]?.transaction?.id }]);
  });

  it("wait for a wallet that is locked, and then see what was given back meanwhile", async () => {
    const original = await aliceToBob(10n);
    const stranger = await suite.stranger();
    await stranger.query("begin");
    await stranger.query("select from wallets where holder_id = 'alice' for update");
    const waiting = suite.engine.poster.submit(refundOf(original, 7n));
    await untilBlocked(suite.watcher);
    const rival = suite.other.poster.submit(refundOf(original, 7n));
    await untilBlocked(suite.watcher, 2);
    await stranger.query("commit");
    const { done, reasons } = await settled([waiting, rival]);
    expect(done.map(({ refundTotal }) => refundTotal?.refunded)).to.deep.equal([7n]);
    expect(reasons).to.deep.equal(["REFUND_AMOUNT_EXCEEDED"]);
  });

  it("alone read and write refund totals: other movements do not notice that the table is locked", async () => {
    const original = await aliceToBob(10n);
    const stranger = await suite.stranger();
    await stranger.query("begin");
    await stranger.query("lock table refund_totals in access exclusive mode");
    await transfer(suite.engine, { from: "alice", to: "bob" }, 1n);
    const waiting = suite.engine.poster.submit(refundOf(original, 7n));
    await untilBlocked(suite.watcher, 1, "%refund_totals%");
    await stranger.query("commit");
    expect((await waiting).refundTotal?.refunded).to.equal(7n);
  });

  it("let plain movements between the same wallets pass", async () => {
    const original = await aliceToBob(50n);
    const { done, reasons } = await settled([
      ...Array.from({ length: 40 }, (_, index) => submit(refundOf(original, 1n), index)),
      ...Array.from({ length: 40 }, () => transfer(suite.other, { from: "bob", to: "alice" }, 1n)),
    ]);
    expect(reasons).to.deep.equal([]);
    expect(done).to.have.length(80);
  });

  it("are refused for an original that is not there, whatever else waits", async () => {
    const original = await aliceToBob(1n);
    const lost = { original: null, originalId: "01900000-0000-7000-8000-000000000000" };
    expect(await reasonOf(suite.engine.poster.submit(refundOf(original, 1n, lost)))).to.equal(
      "TRANSACTION_NOT_FOUND",
    );
    expect(await reasonOf(suite.engine.poster.submit(reversalOf(original, lost)))).to.equal(
      "TRANSACTION_NOT_FOUND",
    );
  });
});

/** What came of calls: the results of those that were done and the reasons of the others, each in order. */
async function settled(
  calls: readonly Promise<MovementResult>[],
): Promise<{ done: MovementResult[]; reasons: string[] }> {
  const outcomes = await Promise.allSettled(calls);
  return {
    done: outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : [])),
    reasons: outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.reason] : [])),
  };
}
