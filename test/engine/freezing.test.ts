import { expect } from "chai";
import { acts } from "../support/acts.js";
import { errorOf, reasonOf, topUp, transfer } from "../support/engine.js";
import { useSuite } from "../support/suite.js";
import { balanceOfHolder, untilBlocked, walletOf } from "../support/watch.js";

const aliceToBob = { from: "alice", to: "bob" };

describe("freezing", () => {
  const suite = useSuite({
    holders: ["alice", "bob"],
    limits: { fastLockTimeoutMs: 10_000, slowLockTimeoutMs: 10_000 },
  });

  before(async () => {
    for (const holder of ["alice", "bob"]) await topUp(suite.engine, holder, 1_000n);
  });

  it("a wallet stops it both ways, and unfreezing it lets it move again", async () => {
    const { result } = await acts.setWallet(suite.engine, "alice", "FROZEN");
    expect(result).to.include({ status: "FROZEN", balance: 1_000n });
    expect(await reasonOf(transfer(suite.other, aliceToBob, 1n))).to.equal("WALLET_FROZEN");
    const hidden = await errorOf(transfer(suite.other, { from: "bob", to: "alice" }, 1n));
    expect(hidden).to.deep.include({ reason: "DESTINATION_UNAVAILABLE", metadata: {} });
    await acts.setWallet(suite.engine, "alice", "ACTIVE");
    expect((await transfer(suite.other, aliceToBob, 1n)).transaction?.state).to.equal("POSTED");
  });

  it("a wallet raises its version by one, and freezing it again changes nothing", async () => {
    const before = await walletOf(suite.watcher, "bob");
    const frozen = await acts.setWallet(suite.engine, "bob", "FROZEN");
    expect(frozen.result.version).to.equal((before?.version ?? 0n) + 1n);
    const again = await acts.setWallet(suite.other, "bob", "FROZEN");
    expect(again).to.deep.equal({ result: frozen.result, replayed: false });
    await acts.setWallet(suite.engine, "bob", "ACTIVE");
  });

  it("a wallet waits for the batch that is posting to it", async () => {
    const stranger = await suite.stranger();
    await stranger.query("begin; lock table postings in share row exclusive mode");
    const sent = transfer(suite.engine, aliceToBob, 1n);
    await untilBlocked(suite.watcher, 1, "%insert into postings%");
    const frozen = acts.setWallet(suite.other, "alice", "FROZEN");
    await untilBlocked(suite.watcher, 2);
    await stranger.query("rollback");
    const { balances } = await sent;
    expect((await frozen).result.version).to.equal((balances[0]?.version ?? 0n) + 1n);
    await acts.setWallet(suite.engine, "alice", "ACTIVE");
  });

  it("an asset stops all of it, top-ups included, and unfreezing it lets it move again", async () => {
    const before = await balanceOfHolder(suite.watcher, "alice");
    expect((await acts.setAsset(suite.engine, "gold", "FROZEN")).result.status).to.equal("FROZEN");
    const error = await errorOf(topUp(suite.other, "alice", 1n));
    expect(error).to.deep.include({ reason: "ASSET_FROZEN", metadata: { asset: "gold" } });
    expect(await balanceOfHolder(suite.watcher, "alice")).to.equal(before);
    await acts.setAsset(suite.other, "gold", "ACTIVE");
    expect((await topUp(suite.other, "alice", 1n)).transaction?.state).to.equal("POSTED");
  });

  it("an asset waits for the batch that is moving it, and the next batch sees it", async () => {
    const stranger = await suite.stranger();
    await stranger.query("begin; lock table postings in share row exclusive mode");
    const order: string[] = [];
    const sent = transfer(suite.engine, aliceToBob, 1n).then(() => order.push("posted"));
    await untilBlocked(suite.watcher, 1, "%insert into postings%");
    const frozen = acts.setAsset(suite.other, "gold", "FROZEN").then(() => order.push("frozen"));
    await untilBlocked(suite.watcher, 2);
    const next = reasonOf(transfer(suite.other, aliceToBob, 1n));
    await stranger.query("rollback");
    await Promise.all([sent, frozen]);
    expect(order).to.deep.equal(["posted", "frozen"]);
    expect(await next).to.equal("ASSET_FROZEN");
    await acts.setAsset(suite.engine, "gold", "ACTIVE");
  });

  it("what does not exist is refused by name", async () => {
    expect(await reasonOf(acts.setAsset(suite.engine, "silver", "FROZEN"))).to.equal("ASSET_NOT_FOUND");
    expect(await reasonOf(acts.setWallet(suite.engine, "nobody", "FROZEN"))).to.equal("HOLDER_NOT_FOUND");
  });
});
