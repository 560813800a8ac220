import { expect } from "chai";
import { acts } from "../support/acts.js";
import { errorOf, reasonOf, topUp, transfer } from "../support/engine.js";
import { useSuite } from "../support/suite.js";
import { countOf, untilBlocked, walletOf } from "../support/watch.js";

const aliceToBob = { from: "alice", to: "bob" };

describe("a suspended holder", () => {
  const suite = useSuite({
    holders: ["alice", "bob", "newcomer", "late", "busy"],
    limits: { fastLockTimeoutMs: 10_000, slowLockTimeoutMs: 10_000 },
  });

  before(async () => {
    for (const holder of ["alice", "bob", "busy"]) await topUp(suite.engine, holder, 1_000n);
  });

  it("cannot send, and whoever sends to it learns only that it is unavailable", async () => {
    await acts.setHolder(suite.engine, "alice", "SUSPENDED");
    const error = await errorOf(transfer(suite.other, aliceToBob, 1n));
    expect(error).to.deep.include({ reason: "HOLDER_SUSPENDED", metadata: { holder_id: "alice" } });
    const hidden = await errorOf(transfer(suite.other, { from: "bob", to: "alice" }, 1n));
    expect(hidden).to.deep.include({ reason: "DESTINATION_UNAVAILABLE", metadata: {} });
    expect(await reasonOf(topUp(suite.engine, "alice", 1n))).to.equal("HOLDER_SUSPENDED");
    await acts.setHolder(suite.engine, "alice", "ACTIVE");
    expect((await transfer(suite.other, aliceToBob, 1n)).transaction?.state).to.equal("POSTED");
  });

  it("is suspended only after the batch under way has committed, and nothing follows it", async () => {
    const stranger = await suite.stranger();
    await stranger.query("begin; lock table postings in share row exclusive mode");
    const order: string[] = [];
    const sent = transfer(suite.engine, aliceToBob, 1n).then(() => order.push("posted"));
    await untilBlocked(suite.watcher, 1, "%insert into postings%");
    const suspended = acts.setHolder(suite.other, "alice", "SUSPENDED").then(() => order.push("suspended"));
    await untilBlocked(suite.watcher, 2);
    await stranger.query("rollback");
    await Promise.all([sent, suspended]);
    expect(order).to.deep.equal(["posted", "suspended"]);
    expect(await reasonOf(transfer(suite.engine, aliceToBob, 1n))).to.equal("HOLDER_SUSPENDED");
    await acts.setHolder(suite.engine, "alice", "ACTIVE");
  });

  it("is suspended in a wallet that was being opened meanwhile", async () => {
    const stranger = await suite.stranger();
    await stranger.query("begin; lock table postings in share row exclusive mode");
    const opened = transfer(suite.engine, { from: "alice", to: "newcomer" }, 5n);
    await untilBlocked(suite.watcher, 1, "%insert into postings%");
    const suspended = acts.setHolder(suite.other, "newcomer", "SUSPENDED");
    await untilBlocked(suite.watcher, 2);
    await stranger.query("rollback");
    expect((await opened).transaction?.state).to.equal("POSTED");
    expect((await suspended).result.status).to.equal("SUSPENDED");
    expect(await walletOf(suite.watcher, "newcomer")).to.include({ balance: 5n, holderStatus: "SUSPENDED" });
    expect(await reasonOf(transfer(suite.engine, { from: "newcomer", to: "bob" }, 1n))).to.equal(
      "HOLDER_SUSPENDED",
    );
  });

  it("gets no wallet from a first credit that arrives while it is being suspended", async () => {
    const stranger = await suite.stranger();
    await stranger.query("begin; lock table audit_log in share row exclusive mode");
    const suspended = acts.setHolder(suite.other, "late", "SUSPENDED");
    await untilBlocked(suite.watcher, 1, "%insert into audit_log%");
    const credited = reasonOf(transfer(suite.engine, { from: "alice", to: "late" }, 5n));
    await untilBlocked(suite.watcher, 1, '%from "holders"%');
    await stranger.query("rollback");
    await suspended;
    expect(await credited).to.equal("DESTINATION_UNAVAILABLE");
    expect(await walletOf(suite.watcher, "late")).to.equal(null);
  });

  it("posts nothing after the answer, under a stream of calls from two processes", async () => {
    const engines = [suite.engine, suite.other];
    const versionAtAnswer = acts
      .setHolder(suite.engine, "busy", "SUSPENDED")
      .then(async () => (await walletOf(suite.watcher, "busy"))?.version);
    const calls = Array.from({ length: 200 }, (_, index) =>
      transfer(engines[index % 2] ?? suite.engine, { from: "busy", to: "bob" }, 1n),
    );
    const outcomes = await Promise.allSettled(calls);
    const posted = outcomes.filter(({ status }) => status === "fulfilled").length;
    const refused = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [outcome.reason.reason] : [],
    );
    expect(new Set([...refused, "HOLDER_SUSPENDED"])).to.deep.equal(new Set(["HOLDER_SUSPENDED"]));
    // All calls may be through before the suspension is: it ends with a version of its own.
    const answered = await versionAtAnswer;
    const now = await walletOf(suite.watcher, "busy");
    expect(now?.balance).to.equal(1_000n - BigInt(posted));
    expect(answered).to.equal(now?.version);
    expect(await countOf(suite.watcher, "from holders where id = 'busy' and status = 'SUSPENDED'")).to.equal(
      1,
    );
  });
});
