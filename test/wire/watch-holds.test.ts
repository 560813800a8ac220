import { create } from "@bufbuild/protobuf";
import { expect } from "chai";
import { type Hold, HoldState } from "../../src/gen/wallet/v1/hold_pb.js";
import { WalletStatus } from "../../src/gen/wallet/v1/wallet_pb.js";
import type { WatchWalletResponse } from "../../src/gen/wallet/v1/watch_pb.js";
import { WatchWalletRequestSchema } from "../../src/gen/wallet/v1/watch_pb.js";
import { expectSound, keyed, startApp, type TestApp, type TestClients } from "../support/app.js";
import { givenAsset, givenExpired, givenFunds, givenHold, givenHolder, ofHolder } from "../support/given.js";
import { openSession } from "../support/postgres.js";
import { Stream } from "../support/streams.js";
import { until, untilBlocked } from "../support/watch.js";

describe("WatchWallet of a wallet with holds", () => {
  let app: TestApp;
  let service: TestClients;

  before(async () => {
    app = await startApp();
    service = app.as("service");
    await givenAsset(app, "gold");
    for (const id of ["alice", "bob", "carol"]) await givenHolder(app, id);
    await givenFunds(app, "alice", "gold", 1_000n);
    await givenFunds(app, "bob", "gold", 1n);
    await givenFunds(app, "carol", "gold", 10n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const gold = (units: bigint) => ({ asset: "gold", units });
  const watch = (resumeToken = "", holderId = "alice") =>
    new Stream<WatchWalletResponse>((signal) =>
      service.wallet.watchWallet(
        create(WatchWalletRequestSchema, { wallet: ofHolder(holderId), asset: "gold", resumeToken }),
        { signal },
      ),
    );
  const changesIn = (messages: readonly WatchWalletResponse[]) =>
    messages.flatMap(({ event }) => (event.case === "change" ? [event.value] : []));
  const authorize = async (units: bigint): Promise<Hold> => {
    const { hold } = await service.wallet.authorizeHold(
      { wallet: ofHolder("alice"), amount: gold(units), ttl: { seconds: 3_600n }, description: "a room" },
      keyed(),
    );
    if (hold === undefined) expect.fail("there is no hold in the answer");
    return hold;
  };

  it("tells of each hold as its making, captures and end left it, also to those who read later", async () => {
    const stream = watch();
    const [snapshot] = await stream.take(1);
    const made = await authorize(30n);
    const part = await service.wallet.captureHold({ holdId: made.id, amount: gold(10n) }, keyed());
    const last = await service.wallet.captureHold(
      { holdId: made.id, amount: gold(5n), final: true },
      keyed(),
    );
    const other = await authorize(7n);
    const voided = await service.wallet.voidHold({ holdId: other.id, reason: "no show" }, keyed());
    const expected = [made, part.hold, last.hold, other, voided.hold];
    expect(expected.map((hold) => hold?.state)).to.deep.equal([
      HoldState.ACTIVE,
      HoldState.ACTIVE,
      HoldState.CAPTURED,
      HoldState.ACTIVE,
      HoldState.VOIDED,
    ]);
    const live = changesIn(await stream.take(5));
    expect(live.map(({ hold }) => hold)).to.deep.equal(expected);
    expect(live.map(({ transaction }) => transaction?.id)).to.deep.equal([
      undefined,
      part.transaction?.id,
      last.transaction?.id,
      undefined,
      undefined,
    ]);
    stream.leave();
    const late = watch(snapshot?.resumeToken);
    expect(changesIn(await late.take(5))).to.deep.equal(live);
    late.leave();
  });

  it("tells of the hold's own wallet alone: the wallet that a capture pays has none", async () => {
    const stream = watch("", "bob");
    await stream.take(1);
    const made = await authorize(20n);
    const to = { target: { case: "wallet" as const, value: ofHolder("bob") } };
    const { transaction } = await service.wallet.captureHold({ holdId: made.id, splits: [to] }, keyed());
    const [change] = changesIn(await stream.take(1));
    expect(change?.transaction?.id).to.equal(transaction?.id);
    expect(change?.hold).to.equal(undefined);
    stream.leave();
  });

  it("tells of a change that was under way when a hold ran out, and of the release, whichever comes first", async () => {
    const holdId = await givenHold(app, "carol", "gold", 4n);
    const operator = app.as("operator");
    const stranger = await openSession(app.database.ownerUrl);
    const watcher = await openSession(app.database.superuserUrl);
    await stranger.query("begin; select from wallets where holder_id = 'carol' for update");
    const freezing = operator.admin.freezeWallet(
      { wallet: ofHolder("carol"), asset: "gold", reason: "test" },
      keyed(),
    );
    await untilBlocked(watcher);
    await givenExpired(app, holdId);
    const stream = watch("", "carol");
    const [first] = await stream.take(1);
    const snapshot = first?.event.case === "snapshot" ? first.event.value : undefined;
    expect([snapshot?.balance?.held?.units, snapshot?.balance?.version]).to.deep.equal([0n, 2n]);
    await stranger.query("rollback");
    await freezing;
    await operator.admin.sweepExpired({}, keyed());
    const changes = changesIn(await stream.take(2));
    expect(changes.map(({ balance }) => balance?.version)).to.deep.equal([3n, 4n]);
    expect(changes.map(({ hold }) => hold?.state)).to.have.members([undefined, HoldState.EXPIRED]);
    expect(changes.at(-1)?.status).to.equal(WalletStatus.FROZEN);
    stream.leave();
    await Promise.all([stranger.end(), watcher.end()]);
  });

  it("tells of a hold that ran out, resolved at the instant of its expiry", async () => {
    const stream = watch();
    await stream.take(1);
    const { hold } = await service.wallet.authorizeHold(
      { wallet: ofHolder("alice"), amount: gold(3n), ttl: { seconds: 1n } },
      keyed(),
    );
    await stream.take(1);
    await until("the hold has run out", async () => {
      const read = await service.wallet.getHold({ holdId: hold?.id ?? "" });
      return read.hold?.state === HoldState.EXPIRED;
    });
    await app.as("operator").admin.sweepExpired({}, keyed());
    const [change] = changesIn(await stream.take(1));
    expect(change?.hold?.id).to.equal(hold?.id);
    expect(change?.hold).to.deep.include({ state: HoldState.EXPIRED, resolveTime: hold?.expireTime });
    expect(change?.hold?.released?.units).to.equal(3n);
    stream.leave();
  });
});
