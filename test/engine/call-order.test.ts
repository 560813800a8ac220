import { expect } from "chai";
import { v7 as uuidV7 } from "uuid";
import type { Command } from "../../src/ledger/command.js";
import type { SimpleMovement } from "../../src/ledger/movement.js";
import { commandOf, freshKey, movementOf, topUp } from "../support/engine.js";
import { useSuite } from "../support/suite.js";
import { balanceOfHolder, untilBlocked } from "../support/watch.js";

describe("commands of one call", () => {
  const suite = useSuite({ holders: ["alice", "bob", "carol", "dave"] });
  const inBatch = (batchId: string, movement: SimpleMovement): Command => {
    const command = commandOf(freshKey(), movement);
    return { ...command, claim: { ...command.claim, batchId } };
  };

  it("wait with an earlier one that waits for a locked wallet when they share a holder's wallet with it", async () => {
    await topUp(suite.engine, "alice", 100n);
    await topUp(suite.engine, "dave", 100n);
    const stranger = await suite.stranger();
    await stranger.query("begin");
    await stranger.query("select id from wallets where holder_id = 'alice' for update");
    const batchId = uuidV7();
    const ofCall = [
      movementOf("TRANSFER", { from: "alice", to: "bob" }, 50n),
      // These two have nothing to give until the first is made.
      movementOf("TRANSFER", { from: "bob", to: "carol" }, 50n),
      movementOf("TRANSFER", { from: "carol", to: "dave" }, 50n),
    ].map((movement) => suite.engine.poster.submit(inBatch(batchId, movement)));
    await untilBlocked(suite.watcher, 1, "%for update%");
    await stranger.query("commit");
    const results = await Promise.all(ofCall);
    expect(results.map(({ transaction }) => transaction?.state)).to.deep.equal(Array(3).fill("POSTED"));
    expect(await balanceOfHolder(suite.watcher, "dave")).to.equal(150n);
  });

  it("do not wait with it when they share only a system wallet", async () => {
    const stranger = await suite.stranger();
    await stranger.query("begin");
    await stranger.query("select id from wallets where holder_id = 'alice' for update");
    const batchId = uuidV7();
    const waiting = suite.engine.poster.submit(inBatch(batchId, movementOf("TOP_UP", { to: "alice" }, 1n)));
    const beside = await suite.engine.poster.submit(
      inBatch(batchId, movementOf("TOP_UP", { to: "dave" }, 1n)),
    );
    expect(beside.transaction?.state).to.equal("POSTED");
    await stranger.query("commit");
    expect((await waiting).transaction?.state).to.equal("POSTED");
  });
});
