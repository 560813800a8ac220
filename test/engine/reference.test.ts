import { expect } from "chai";
import type { SimpleMovement } from "../../src/ledger/movement.js";
import {
  commandOf,
  errorOf,
  freshKey,
  movementOf,
  reasonOf,
  type TestEngine,
  topUp,
} from "../support/engine.js";
import { useSuite } from "../support/suite.js";
import { balanceOfHolder, countOf } from "../support/watch.js";

describe("an external reference", () => {
  const suite = useSuite({ holders: ["alice", "bob"] });
  const send = (engine: TestEngine, amount: bigint, reference: string, more: Partial<SimpleMovement> = {}) =>
    engine.poster.submit(
      commandOf(
        freshKey(),
        movementOf("TRANSFER", { from: "alice", to: "bob" }, amount, {
          externalReference: reference,
          ...more,
        }),
      ),
    );

  before(() => topUp(suite.engine, "alice", 1_000n));

  it("is refused to a later command under another key, naming the transaction that has it", async () => {
    const first = await send(suite.engine, 1n, "later");
    const error = await errorOf(send(suite.other, 1n, "later"));
    expect(error.reason).to.equal("EXTERNAL_REFERENCE_USED");
    expect(error.metadata).to.include({ external_reference: "later", transaction_id: first.transaction?.id });
  });

  it("used twice in one batch is the first's, and the second is refused", async () => {
    suite.engine.batches.length = 0;
    const first = send(suite.engine, 2n, "batch");
    const second = errorOf(send(suite.engine, 3n, "batch"));
    const { transaction } = await first;
    expect(await second).to.deep.include({ reason: "EXTERNAL_REFERENCE_USED" });
    expect((await second).metadata).to.include({ transaction_id: transaction?.id });
    expect(suite.engine.batches).to.deep.equal([{ lane: "fast", size: 2 }]);
  });

  it("passes to the second command of a batch when the first is refused", async () => {
    suite.engine.batches.length = 0;
    const first = reasonOf(send(suite.engine, 1_000_000n, "passed on"));
    const second = send(suite.engine, 3n, "passed on");
    expect(await first).to.equal("INSUFFICIENT_FUNDS");
    const { transaction } = await second;
    expect(suite.engine.batches).to.deep.equal([{ lane: "fast", size: 2 }]);
    const error = await errorOf(send(suite.engine, 3n, "passed on"));
    expect(error.metadata).to.include({ transaction_id: transaction?.id });
  });

  it("is free again after the command that claimed it was refused", async () => {
    expect(await reasonOf(send(suite.engine, 1_000_000n, "refused"))).to.equal("INSUFFICIENT_FUNDS");
    expect(await countOf(suite.watcher, "from external_references where reference = 'refused'")).to.equal(0);
    expect((await send(suite.other, 1n, "refused")).transaction?.externalReference).to.equal("refused");
  });

  it("is not claimed by a command that is only validated, nor by a replay", async () => {
    await send(suite.engine, 1n, "validated", { validateOnly: true });
    expect(await countOf(suite.watcher, "from external_references where reference = 'validated'")).to.equal(
      0,
    );
    expect((await send(suite.engine, 1n, "validated")).replayed).to.equal(false);
    expect(await reasonOf(send(suite.engine, 1n, "validated", { validateOnly: true }))).to.equal(
      "EXTERNAL_REFERENCE_USED",
    );
  });

  it("counts once per asset and type", async () => {
    await send(suite.engine, 1n, "typed");
    const movement = movementOf("TOP_UP", { to: "alice" }, 1n, { externalReference: "typed" });
    const { transaction } = await suite.engine.poster.submit(commandOf(freshKey(), movement));
    expect(transaction?.state).to.equal("POSTED");
  });

  it("carried by two processes under different keys is one's, and the other learns whose", async () => {
    const before = await balanceOfHolder(suite.watcher, "bob");
    for (let round = 0; round < 10; round++) {
      const calls = [suite.engine, suite.other].map((engine) => send(engine, 1n, `race ${round}`));
      const outcomes = await Promise.allSettled(calls);
      const won = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
      const lost = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
      expect(won).to.have.length(1);
      expect(lost).to.have.length(1);
      expect(lost[0]).to.include({ reason: "EXTERNAL_REFERENCE_USED" });
      expect(lost[0].metadata.transaction_id).to.equal(won[0]?.transaction?.id);
    }
    expect((await balanceOfHolder(suite.watcher, "bob")) - before).to.equal(10n);
  });
});
