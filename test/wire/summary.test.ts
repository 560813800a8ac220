import { expect } from "chai";
import {
  type AssetSummary,
  type GetLedgerSummaryResponse,
  SummaryBucketLength,
} from "../../src/gen/wallet/v1/summary_pb.js";
import { TransactionType } from "../../src/gen/wallet/v1/transaction_pb.js";
import { encodeTime } from "../../src/rpc/encode/money.js";
import { expectSound, keyed, reasonOf, refusalOf, startApp, type TestApp } from "../support/app.js";
import {
  givenAsset,
  givenFunds,
  givenHolder,
  givenSpend,
  givenTransfer,
  ofHolder,
} from "../support/given.js";
import { legOf } from "../support/legs.js";
import { onServer, tamper } from "../support/postgres.js";

const dayMicros = 86_400_000_000n;

/** The figures of an asset, as numbers. */
function figuresOf({ deposits, withdrawals, outstanding, ...rest }: Omit<AssetSummary, "$typeName">) {
  const { asset, holderBalance, walletCount, postedCount, refusedCount, types } = rest;
  return {
    asset,
    deposits: Number(deposits?.units),
    withdrawals: Number(withdrawals?.units),
    outstanding: Number(outstanding?.units),
    holderBalance: Number(holderBalance?.units),
    walletCount: Number(walletCount),
    postedCount: Number(postedCount),
    refusedCount: Number(refusedCount),
    types: Object.fromEntries(
      types.map((one) => [
        TransactionType[one.type],
        [one.amount?.units, one.postedCount, one.refusedCount].map(Number),
      ]),
    ),
  };
}

describe("GetLedgerSummary", () => {
  let app: TestApp;
  /** When the service was asked to begin, by the database's clock, in microseconds since 1970. */
  let beginning: bigint;

  before(async () => {
    app = await startApp();
    beginning = await now();
    for (const asset of ["gold", "silver"]) await givenAsset(app, asset);
    for (const holder of ["alice", "bob"]) await givenHolder(app, holder);
    await givenFunds(app, "alice", "gold", 1_000n);
    await givenFunds(app, "bob", "silver", 40n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  async function now(): Promise<bigint> {
    const [row] = await onServer<{ now: string }>(
      app.database.url,
      "select (extract(epoch from clock_timestamp()) * 1000000)::bigint as now",
    );
    return BigInt(row?.now ?? 0);
  }

  async function summaryOf(
    asset: string,
    span: { start?: bigint; end?: bigint; bucketLength?: SummaryBucketLength } = {},
  ): Promise<GetLedgerSummaryResponse> {
    return app.as("auditor").admin.getLedgerSummary({
      asset,
      ...(span.start !== undefined && { startTime: encodeTime(span.start) }),
      ...(span.end !== undefined && { endTime: encodeTime(span.end) }),
      bucketLength: span.bucketLength ?? 0,
    });
  }

  async function figures(asset: string, span: { start?: bigint; end?: bigint } = {}) {
    const [summary] = (await summaryOf(asset, span)).assets;
    return figuresOf(summary ?? expect.fail("there is no summary"));
  }

  it("tells of each asset what came in, what went out, and what is there", async () => {
    const { assets, snapshotTime } = await summaryOf("");
    expect(assets.map(figuresOf)).to.deep.equal([
      {
        asset: "gold",
        deposits: 1_000,
        withdrawals: 0,
        outstanding: 1_000,
        holderBalance: 1_000,
        walletCount: 1,
        postedCount: 1,
        refusedCount: 0,
        types: { TOP_UP: [1_000, 1, 0] },
      },
      {
        asset: "silver",
        deposits: 40,
        withdrawals: 0,
        outstanding: 40,
        holderBalance: 40,
        walletCount: 1,
        postedCount: 1,
        refusedCount: 0,
        types: { TOP_UP: [40, 1, 0] },
      },
    ]);
    expect(Number(snapshotTime?.seconds)).to.be.closeTo(Date.now() / 1e3, 5);
    expect(assets.every(({ buckets }) => buckets.length === 0)).to.equal(true);
  });

  it("takes what was given back or undone from what it was, in the span in which that happened", async () => {
    const { wallet } = app.as("admin");
    const gold = (units: bigint) => ({ asset: "gold", units });
    const start = await now();
    const topUp = await wallet.topUp({ wallet: ofHolder("bob"), amount: gold(70n) }, keyed());
    const one = await wallet.withdraw({ wallet: ofHolder("alice"), amount: gold(100n) }, keyed());
    const two = await wallet.withdraw({ wallet: ofHolder("alice"), amount: gold(200n) }, keyed());
    const between = await now();
    const reversal = { reason: "for the test" };
    await wallet.reverseTransaction({ transactionId: topUp.transaction?.id ?? "", ...reversal }, keyed());
    await wallet.reverseTransaction({ transactionId: one.transaction?.id ?? "", ...reversal }, keyed());
    await wallet.refundTransaction({ transactionId: two.transaction?.id ?? "", amount: gold(30n) }, keyed());
    const end = await now();
    const first = await figures("gold", { start, end: between });
    expect(first).to.deep.include({ deposits: 70, withdrawals: 300, outstanding: 770, holderBalance: 770 });
    expect(first.types).to.deep.equal({ TOP_UP: [70, 1, 0], WITHDRAWAL: [300, 2, 0] });
    const second = await figures("gold", { start: between, end });
    expect(second).to.deep.include({ deposits: -70, withdrawals: -130, outstanding: 830 });
    expect(second.types).to.deep.equal({ REFUND: [30, 1, 0], REVERSAL: [170, 2, 0] });
    const whole = await figures("gold", { start, end });
    expect(whole).to.deep.include({ deposits: 0, withdrawals: 170, outstanding: 830, postedCount: 6 });
  });

  it("counts refusals, what is spent, and what moves between holders", async () => {
    const start = await now();
    await givenTransfer(app, { from: "alice", to: "bob" }, "gold", 5n);
    await givenSpend(app, "alice", "gold", 7n);
    const request = { wallet: ofHolder("alice"), amount: { asset: "gold", units: 1_000_000n } };
    expect(await reasonOf(app.as("service").wallet.spend(request, keyed()))).to.equal("INSUFFICIENT_FUNDS");
    const { outstanding, holderBalance, ...rest } = await figures("gold", { start });
    expect(outstanding - holderBalance, "what REVENUE has").to.equal(7);
    expect(rest).to.deep.include({
      deposits: 0,
      withdrawals: 0,
      postedCount: 2,
      refusedCount: 1,
      walletCount: 2,
    });
    expect(rest.types).to.deep.equal({ SPEND: [7, 1, 1], TRANSFER: [5, 1, 0] });
  });

  it("counts a compound transaction in each of its assets, and each leg into a wallet", async () => {
    const start = await now();
    const { wallet } = app.as("admin");
    const legs = [
      legOf("alice", "gold", -6n),
      legOf("bob", "gold", 6n),
      legOf("alice", "silver", 2n),
      legOf("bob", "silver", -2n),
    ];
    const { transaction } = await wallet.postTransaction({ legs }, keyed());
    expect((await figures("gold", { start })).types).to.deep.equal({ COMPOUND: [6, 1, 0] });
    expect((await figures("silver", { start })).types).to.deep.equal({ COMPOUND: [2, 1, 0] });
    await wallet.reverseTransaction(
      { transactionId: transaction?.id ?? "", reason: "for the test" },
      keyed(),
    );
    expect((await figures("silver", { start })).types).to.deep.equal({
      COMPOUND: [2, 1, 0],
      REVERSAL: [2, 1, 0],
    });
    const refused = [legOf("alice", "gold", -1_000_000n), legOf("alice", "silver", -1n)];
    const credited = [legOf("bob", "gold", 1_000_000n), legOf("bob", "silver", 1n)];
    expect(await reasonOf(wallet.postTransaction({ legs: [...refused, ...credited] }, keyed()))).to.equal(
      "INSUFFICIENT_FUNDS",
    );
    expect((await figures("gold", { start, end: (await now()) + 1n })).postedCount).to.equal(2);
  });

  it("tells what there was at the end of a span that is over", async () => {
    const { outstanding, walletCount, postedCount, holderBalance } = await figures("gold", {
      end: beginning,
    });
    expect({ outstanding, walletCount, postedCount, holderBalance }).to.deep.equal({
      outstanding: 0,
      walletCount: 0,
      postedCount: 0,
      holderBalance: 0,
    });
  });

  it("cuts the span into buckets, the empty ones included, that lead to the end", async () => {
    const { assets } = await summaryOf("gold", { bucketLength: SummaryBucketLength.DAY });
    const [gold] = assets;
    const buckets = gold?.buckets ?? [];
    expect(buckets).to.have.lengthOf(30);
    const starts = buckets.map(({ startTime }) => Number(startTime?.seconds));
    expect(
      starts.every((start, index) => start % 86_400 === 0 && start - (starts[0] ?? 0) === index * 86_400),
    ).to.equal(true);
    for (const { postedCount, outstanding, types } of buckets.slice(0, 28)) {
      expect({ postedCount, outstanding: outstanding?.units, types }).to.deep.equal({
        postedCount: 0n,
        outstanding: 0n,
        types: [],
      });
    }
    const sum = (pick: (bucket: (typeof buckets)[number]) => bigint) =>
      buckets.reduce((total, bucket) => total + pick(bucket), 0n);
    expect(sum(({ deposits }) => deposits?.units ?? 0n)).to.equal(gold?.deposits?.units);
    expect(sum(({ withdrawals }) => withdrawals?.units ?? 0n)).to.equal(gold?.withdrawals?.units);
    expect(sum(({ postedCount }) => postedCount)).to.equal(gold?.postedCount);
    expect(sum(({ refusedCount }) => refusedCount)).to.equal(gold?.refusedCount);
    expect(buckets.at(-1)?.outstanding).to.deep.equal(gold?.outstanding);
  });

  it("puts what happened at a boundary behind it", async () => {
    const other = await startApp();
    await givenAsset(other, "ore");
    await givenHolder(other, "alice");
    await givenFunds(other, "alice", "ore", 11n);
    const boundary = ((await now()) / dayMicros) * dayMicros - 2n * dayMicros;
    for (const table of ["transactions", "postings"])
      await tamper(other.database, `update ${table} set post_time = to_timestamp($1::numeric / 1000000)`, [
        `${boundary}`,
      ]);
    await tamper(other.database, "update transactions set position = $1", [`${boundary * 1_000n}`]);
    const read = async (start: bigint | null, end: bigint) => {
      const span = { ...(start !== null && { startTime: encodeTime(start) }), endTime: encodeTime(end) };
      const bucketLength = start === null ? 0 : SummaryBucketLength.DAY;
      const { assets } = await other.as("auditor").admin.getLedgerSummary({ ...span, bucketLength });
      return assets.flatMap(({ deposits, outstanding, buckets }) => [
        [deposits?.units, outstanding?.units],
        ...buckets.map((bucket) => [bucket.deposits?.units, bucket.outstanding?.units]),
      ]);
    };
    const [nothing, all] = [
      [0n, 0n],
      [11n, 11n],
    ];
    expect(await read(boundary - dayMicros, boundary + dayMicros)).to.deep.equal([all, nothing, all]);
    expect(await read(null, boundary)).to.deep.equal([nothing]);
    expect(await read(boundary, boundary + 1n)).to.deep.equal([all, all]);
    expect(await read(boundary + 1n, boundary + dayMicros)).to.deep.equal([
      [0n, 11n],
      [0n, 11n],
    ]);
    await other.close();
  });

  it("refuses a span that is none, or that has too many buckets", async () => {
    const at = await now();
    const wrong = (fields: string) => ({ reason: "INVALID_FIELD", fields: [fields] });
    expect(await refusalOf(summaryOf("gold", { start: at, end: at }))).to.deep.include(wrong("end_time"));
    expect(await refusalOf(summaryOf("gold", { start: at + dayMicros }))).to.deep.include(
      wrong("start_time"),
    );
    const bucketLength = SummaryBucketLength.MINUTE;
    const minutes = { start: at - (at % 60_000_000n), bucketLength };
    const end = (count: bigint) => ({ ...minutes, end: minutes.start + count * 60_000_000n });
    expect((await summaryOf("gold", end(1_000n))).assets[0]?.buckets).to.have.lengthOf(1_000);
    expect(await refusalOf(summaryOf("gold", end(1_001n)))).to.deep.include(wrong("bucket_length"));
    const unknown = summaryOf("gold", { bucketLength: 9 as SummaryBucketLength });
    expect(await refusalOf(unknown)).to.deep.include(wrong("bucket_length"));
  });

  it("is read by auditors, operators and administrators only", async () => {
    for (const role of ["holder", "service"] as const)
      expect(await reasonOf(app.as(role).admin.getLedgerSummary({}))).to.equal("ROLE_REQUIRED");
  });
});
