import { expect } from "chai";
import {
  type CheckIntegrityResponse,
  IntegrityRule,
  type IntegrityVerdict,
} from "../../src/gen/wallet/v1/integrity_pb.js";
import { expectSound, keyed, refusalOf, startApp, type TestApp } from "../support/app.js";
import { type BusyLedger, makeBusyLedger } from "../support/busy-ledger.js";
import { ofHolder } from "../support/given.js";
import { copyOf, onServer, openSession, type TestDatabase, tamper } from "../support/postgres.js";
import { Stream } from "../support/streams.js";
import { until } from "../support/watch.js";

const lastOf = (messages: readonly CheckIntegrityResponse[]): IntegrityVerdict => {
  const event = messages.at(-1)?.event;
  return event?.case === "verdict" ? event.value : expect.fail("the check ended without a verdict");
};

describe("CheckIntegrity", () => {
  let ledger: BusyLedger;
  let app: TestApp;

  before(async () => {
    ledger = await makeBusyLedger();
    app = await startApp({ database: await copyOf(ledger.database) });
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  async function check(of: TestApp, request: { asset?: string; resumeToken?: string } = {}) {
    const messages: CheckIntegrityResponse[] = [];
    for await (const message of of.as("auditor").admin.checkIntegrity(request)) messages.push(message);
    return messages;
  }

  async function countsOf({ database }: TestApp, asset: string | null) {
    const [row] = await onServer<{ wallets: string; postings: string }>(
      database.superuserUrl,
      "select count(*) as wallets, sum(posting_seq) as postings from wallets where $1::text is null or asset = $1",
      [asset],
    );
    return { walletCount: BigInt(row?.wallets ?? 0), postingCount: BigInt(row?.postings ?? 0) };
  }

  it("says how far it is, and that a sound ledger is sound, as of a moment", async () => {
    const startedMs = Date.now();
    const messages = await check(app);
    const counts = await countsOf(app, null);
    expect(messages[0]?.event).to.deep.include({ case: "progress" });
    expect(messages[0]?.event.value).to.deep.include({
      checkedPostingCount: 0n,
      checkedWalletCount: 0n,
      ...counts,
    });
    expect(messages.every(({ resumeToken }) => resumeToken !== "")).to.equal(true);
    const verdict = lastOf(messages);
    expect(verdict).to.deep.include({ ok: true, findingCount: 0n, ...counts });
    expect(Number(verdict.snapshotTime?.seconds)).to.be.within(startedMs / 1e3 - 1, Date.now() / 1e3 + 1);
  });

  it("checks one asset alone", async () => {
    const counts = await countsOf(app, "silver");
    expect(lastOf(await check(app, { asset: "silver" }))).to.deep.include({ ok: true, ...counts });
  });

  it("is for auditors, operators and administrators", async () => {
    for (const role of ["holder", "service"] as const) {
      const stream = app.as(role).admin.checkIntegrity({});
      expect(await refusalOf(stream[Symbol.asyncIterator]().next())).to.deep.include({
        reason: "ROLE_REQUIRED",
      });
    }
    for (const role of ["operator", "admin"] as const) {
      const stream = new Stream((signal) => app.as(role).admin.checkIntegrity({}, { signal }));
      expect((await stream.next()).event.case).to.equal("progress");
      stream.leave();
    }
  });

  it("finds nothing wrong while value moves", async () => {
    const { wallet } = app.as("service");
    let moving = true;
    const transfers = ["alice", "bob"].map(async (from, index) => {
      const destination = ofHolder(index === 0 ? "bob" : "alice");
      const amount = { asset: "gold", units: 1n };
      let made = 0;
      for (; moving; made++) {
        await wallet.transfer({ source: ofHolder(from), destination, amount }, keyed());
        const { hold } = await wallet.authorizeHold({ wallet: ofHolder(from), amount }, keyed());
        await wallet.captureHold({ holdId: hold?.id ?? "" }, keyed());
        // What was captured is gone; without this, a machine on which the checks take long would run out of units.
        await wallet.topUp({ wallet: ofHolder(from), amount }, keyed());
        const topUp = await wallet.topUp(
          { wallet: ofHolder(from), amount: { ...amount, units: 2n } },
          keyed(),
        );
        const withdrawal = await wallet.withdraw({ wallet: ofHolder(from), amount }, keyed());
        await wallet.refundTransaction({ transactionId: withdrawal.transaction?.id ?? "" }, keyed());
        await app
          .as("operator")
          .wallet.reverseTransaction({ transactionId: topUp.transaction?.id ?? "", reason: "test" }, keyed());
      }
      return made;
    });
    const seen = new Set<bigint>();
    try {
      for (let round = 0; round < 2; round++) {
        const messages = await check(app);
        const findings = messages.flatMap(({ event }) =>
          event.case === "finding" ? [event.value.message] : [],
        );
        expect(findings).to.deep.equal([]);
        expect(lastOf(messages).ok).to.equal(true);
        seen.add(lastOf(messages).postingCount);
      }
    } finally {
      moving = false;
    }
    expect(seen.size).to.be.greaterThan(1);
    for (const made of await Promise.all(transfers)) expect(made).to.be.greaterThan(0);
  }).timeout(180_000);

  it("names the row that is wrong, with what should be there", async () => {
    const damaged = await startDamaged(
      `update wallets set balance = balance + 1 where id = '${ledger.alice}'`,
    );
    const messages = await check(damaged);
    const findings = messages.flatMap(({ event }) => (event.case === "finding" ? [event.value] : []));
    expect(findings[0]).to.deep.include({
      rule: IntegrityRule.WALLET_BALANCE,
      asset: "gold",
      walletId: ledger.alice,
      transactionId: "",
      checkpointId: "",
    });
    expect(BigInt(findings[0]?.actual ?? 0) - BigInt(findings[0]?.expected ?? 0)).to.equal(1n);
    expect(findings[0]?.message).to.include(ledger.alice);
    expect(lastOf(messages)).to.deep.include({ ok: false, findingCount: 3n });
    await damaged.close();
  });

  it("goes on where it was cut off, at another process, and counts what it found once", async () => {
    const damaged = await startDamaged(
      `update wallets set balance = balance + 1 where id = '${ledger.alice}'`,
    );
    const stream = new Stream((signal) => damaged.as("auditor").admin.checkIntegrity({}, { signal }));
    while ((await stream.next()).event.case !== "finding");
    stream.leave();
    await damaged.close();
    const other = await startApp({ database: damaged.database });
    const messages = await check(other, { resumeToken: stream.token });
    expect(messages.filter(({ event }) => event.case === "finding")).to.have.lengthOf(3);
    expect(lastOf(messages)).to.deep.include({
      ok: false,
      findingCount: 3n,
      ...(await countsOf(other, null)),
    });
    const again = await check(other, { resumeToken: messages.at(-1)?.resumeToken ?? "" });
    expect(again.map(({ event }) => event.case)).to.deep.equal(["progress", "verdict"]);
    expect(lastOf(again)).to.deep.equal(lastOf(messages));
    await other.close();
  });

  it("does not go on from a place of another asset, or of a check that is forgotten", async () => {
    const [first] = await check(app);
    const resumeToken = first?.resumeToken ?? "";
    const wrong = { reason: "INVALID_FIELD", fields: ["resume_token"] };
    expect(await refusalOf(check(app, { asset: "gold", resumeToken }))).to.deep.include(wrong);
    await onServer(app.database.superuserUrl, "truncate integrity_heads");
    expect(await refusalOf(check(app, { resumeToken }))).to.deep.include(wrong);
  });

  it("ends with SHUTTING_DOWN and where to go on, when the service stops", async () => {
    const stopped = await startApp({ database: await copyOf(ledger.database) });
    const letGo = await holdUp(stopped);
    const stream = new Stream((signal) => stopped.as("auditor").admin.checkIntegrity({}, { signal }));
    await stream.next();
    const refusal = refusalOf(stream.drain());
    const stopping = stopped.close();
    await letGo();
    await stopping;
    const { reason, metadata, retryable } = await refusal;
    expect({ reason, retryable }).to.deep.equal({ reason: "SHUTTING_DOWN", retryable: true });
    const again = await startApp({ database: stopped.database });
    expect(lastOf(await check(again, { resumeToken: metadata.resume_token ?? "" })).ok).to.equal(true);
    await again.close();
  });

  it("runs twice at once in a process, and again when those have been left", async () => {
    const letGo = await holdUp(app);
    const open = () => new Stream((signal) => app.as("auditor").admin.checkIntegrity({}, { signal }));
    const both = [open(), open()];
    await Promise.all(both.map((stream) => stream.next()));
    expect(await refusalOf(open().next())).to.deep.include({
      code: "ResourceExhausted",
      reason: "OVERLOADED",
      metadata: { checks_max: "2" },
      retryable: true,
    });
    for (const stream of both) stream.leave();
    await letGo();
    await until("there is room for a check", async () => {
      const stream = open();
      const begun = await stream.next().then(
        () => true,
        () => false,
      );
      stream.leave();
      return begun;
    });
  });

  /** Lets no check come to its end, until what is returned is called. */
  async function holdUp({ database }: TestApp): Promise<() => Promise<void>> {
    const session = await openSession(database.superuserUrl);
    await session.query("begin; lock table refund_totals in access exclusive mode");
    return () => session.end();
  }

  async function startDamaged(sql: string): Promise<TestApp> {
    const database: TestDatabase = await copyOf(ledger.database);
    await tamper(database, sql);
    return startApp({ database });
  }
});
