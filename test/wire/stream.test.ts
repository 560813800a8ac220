import { create, toBinary } from "@bufbuild/protobuf";
import { expect } from "chai";
import { BatchItemState, ExecuteStreamRequestSchema } from "../../src/gen/wallet/v1/bulk_pb.js";
import { expectSound, keyed, startApp, type TestApp } from "../support/app.js";
import { givenAsset, givenFunds, givenHolder, ofHolder } from "../support/given.js";
import { ItemStream, type StreamItem } from "../support/item-stream.js";
import { onServer } from "../support/postgres.js";

const many = 10_000;
/** More than a stream may have in flight, several times over. */
const enough = 4_000;
let streams = 0;

/** Items that top up one gold each. */
function topUps(name: string, count: number, description = ""): StreamItem[] {
  return Array.from({ length: count }, (_, index) => topUp(`${name}-${index}`, "bob", description));
}

function topUp(key: string, holderId = "bob", description = ""): StreamItem {
  const value = { wallet: ofHolder(holderId), amount: { asset: "gold", units: 1n }, description };
  return { key, movement: { kind: { case: "topUp", value } } };
}

describe("a stream of movements over the wire", () => {
  let app: TestApp;
  const open: ItemStream[] = [];

  before(async () => {
    app = await startApp();
    await givenAsset(app, "gold");
    for (const id of ["alice", "bob"]) await givenHolder(app, id);
    await givenFunds(app, "alice", "gold", 100n);
  });
  // The oracles read the whole ledger, which is large here: once, for all tests.
  after(async () => {
    await expectSound(app);
    await app.close();
  });
  afterEach(() => {
    for (const stream of open.splice(0)) stream.close();
  });

  async function openStream(subject = "orders"): Promise<ItemStream> {
    const stream = new ItemStream({ port: app.app.grpcPort, token: await app.token("service", subject) });
    open.push(stream);
    return stream;
  }

  /** What the ledger knows of keys that begin like this: the transaction of each. */
  async function inLedger(name: string): Promise<Map<string, string>> {
    const rows = await onServer<{ key: string; id: string }>(
      app.database.ownerUrl,
      `select k.key, t.id from idempotency_keys k join transactions t on t.id = k.operation_id and t.state = 'POSTED'
       where k.key like $1 || '-%'`,
      [name],
    );
    return new Map(rows.map(({ key, id }) => [key, id]));
  }

  /** Waits until the ledger stands still while calls beside the stream come and go. */
  async function settled(name: string): Promise<number> {
    for (let last = -1; ; ) {
      for (let round = 0; round < 50; round++) await givenFunds(app, "alice", "gold", 1n);
      const { size } = await inLedger(name);
      if (size > 0 && size === last) return size;
      last = size;
    }
  }

  /** Every result that says POSTED names the one transaction of its key. */
  async function expectPostedOnce(name: string, stream: ItemStream): Promise<void> {
    const ledger = await inLedger(name);
    for (const number of stream.posted()) {
      const id = stream.results.get(number)?.result?.transactionId;
      if (id !== ledger.get(`${name}-${number - 1n}`)) expect.fail(`item ${number} says ${id}`);
    }
    expect(new Set(ledger.values()).size).to.equal(ledger.size);
  }

  /** Sends everything once more, to the end: what was answered before must be answered again. */
  async function expectCompletes(name: string, first: ItemStream): Promise<void> {
    const retry = (await openStream()).read();
    await retry.send(topUps(name, enough));
    expect(await retry.finish().ended).to.deep.equal({ code: "OK", reason: "" });
    expect(retry.posted()).to.have.lengthOf(enough);
    for (const number of first.posted()) {
      const { result } = retry.results.get(number) ?? {};
      const before = first.results.get(number)?.result?.transactionId;
      if (result?.replayed !== true || result.transactionId !== before)
        expect.fail(`item ${number} was made twice`);
    }
    expect((await inLedger(name)).size).to.equal(enough);
    await expectPostedOnce(name, retry);
  }

  it("makes ten thousand, answers each once, and ends after the last", async () => {
    const stream = (await openStream()).read();
    await stream.send(topUps("all", many));
    expect(await stream.finish().ended).to.deep.equal({ code: "OK", reason: "" });
    expect([stream.answered, stream.posted().length, (await inLedger("all")).size]).to.deep.equal([
      many,
      many,
      many,
    ]);
    await expectPostedOnce("all", stream);
    const [sample] = stream.results.values();
    expect(sample?.result).to.include({ errorReason: "", replayed: false });
  });

  it("takes no more than a slow reader can be told of, and goes on when it reads", async () => {
    const stream = (await openStream()).read();
    const sending = stream.send(topUps("slow", many, "d".repeat(500)));
    await stream.untilAnswered(1);
    stream.pause();
    // A thousand in flight, and what the buffers of the connection hold: a fixed number, however many are sent.
    expect(await settled("slow")).to.be.lessThan(enough);
    expect(stream.sent).to.be.lessThan(many);
    stream.resume();
    await sending;
    expect(await stream.finish().ended).to.deep.equal({ code: "OK", reason: "" });
    expect([stream.answered, stream.posted().length]).to.deep.equal([many, many]);
  });

  it("finishes what it has taken when the caller cancels, and a retry does the rest", async () => {
    const stream = (await openStream()).read();
    const sending = stream.send(topUps("cut", enough));
    await stream.untilAnswered(1_000);
    stream.cancel();
    expect((await stream.ended).code).to.equal("CANCELLED");
    await sending;
    const made = await settled("cut");
    expect(made).to.be.lessThan(enough).and.at.least(stream.posted().length);
    await expectPostedOnce("cut", stream);
    await expectCompletes("cut", stream);
  });

  it("answers all that it has taken when the service stops, and a retry does the rest", async () => {
    const stream = (await openStream()).read();
    const sending = stream.send(topUps("stop", enough));
    await stream.untilAnswered(1_000);
    const stopped = app;
    await stopped.close();
    expect(await stream.ended).to.deep.equal({ code: "UNAVAILABLE", reason: "SHUTTING_DOWN" });
    await sending;
    expect(stream.posted()).to.have.lengthOf(stream.answered);
    expect((await inLedger("stop")).size)
      .to.equal(stream.answered)
      .and.lessThan(enough);
    app = await startApp(stopped);
    await expectCompletes("stop", stream);
  });

  it("answers what is wrong with one item in its result, and goes on with the others", async () => {
    const name = `bad-${++streams}`;
    const good = topUp(`${name}-0`);
    const short = {
      source: ofHolder("bob"),
      destination: ofHolder("alice"),
      amount: { asset: "gold", units: 1n << 60n },
    };
    const own = { wallet: ofHolder("bob"), amount: { asset: "gold", units: 1n }, validateOnly: true };
    const self = {
      source: ofHolder("bob"),
      destination: ofHolder("bob"),
      amount: { asset: "gold", units: 1n },
    };
    const items: (StreamItem & { says: string; metadata?: object })[] = [
      { ...good, says: "" },
      { ...good, key: "", says: "IDEMPOTENCY_KEY_MISSING" },
      { ...good, key: "a b", says: "IDEMPOTENCY_KEY_INVALID" },
      { key: `${name}-3`, says: "INVALID_FIELD", metadata: { fields: "movement" } },
      {
        key: `${name}-4`,
        movement: { kind: { case: "topUp", value: own } },
        says: "INVALID_FIELD",
        metadata: { fields: "movement.top_up.validate_only" },
      },
      {
        key: `${name}-5`,
        movement: { kind: { case: "postTransaction", value: {} } },
        says: "INVALID_FIELD",
        metadata: { fields: "movement.post_transaction.legs" },
      },
      { key: `${name}-6`, movement: { kind: { case: "transfer", value: self } }, says: "SAME_WALLET" },
      {
        key: `${name}-7`,
        movement: { kind: { case: "transfer", value: short } },
        says: "INSUFFICIENT_FUNDS",
      },
      { ...topUp(`${name}-8`, "nobody"), says: "HOLDER_NOT_FOUND", metadata: { holder_id: "nobody" } },
      { ...topUp(`${name}-9\0`), says: "INVALID_FIELD", metadata: { fields: "idempotency_key" } },
      { ...topUp(`${name}-0`, "alice"), says: "IDEMPOTENCY_KEY_REUSED" },
      { ...good, says: "" },
    ];
    const stream = (await openStream()).read();
    await stream.send(items);
    expect(await stream.finish().ended).to.deep.equal({ code: "OK", reason: "" });
    const results = items.map((_, index) => stream.results.get(BigInt(index + 1))?.result);
    expect(results.map((result) => result?.errorReason)).to.deep.equal(items.map(({ says }) => says));
    items.forEach(({ metadata = {} }, index) => {
      expect(results[index]?.errorMetadata).to.deep.include(metadata);
    });
    expect(results.at(0)?.replayed).to.equal(false);
    expect(results.at(-1)).to.include({ replayed: true, transactionId: results[0]?.transactionId });
    expect((await inLedger(name)).size).to.equal(1);
  });

  it("refuses an item with a field that it does not know, or with a number that does not rise", async () => {
    const stream = (await openStream()).read();
    const bytes = toBinary(
      ExecuteStreamRequestSchema,
      create(ExecuteStreamRequestSchema, { itemNumber: 1n, idempotencyKey: "unknown-0" }),
    );
    const unknownField = [0x98, 0x06, 0x01];
    stream.sendBytes(new Uint8Array([...bytes, ...unknownField]));
    await stream.send([
      { ...topUp("rising-0"), number: 0n },
      { ...topUp("rising-1"), number: 5n },
      { ...topUp("rising-2"), number: 4n },
      { ...topUp("rising-3"), number: 6n },
    ]);
    expect((await stream.finish().ended).code).to.equal("OK");
    const said = [1n, 0n, 5n, 4n, 6n].map((number) => stream.results.get(number)?.result);
    expect(said.map((result) => result?.errorReason)).to.deep.equal([
      "INVALID_FIELD",
      "INVALID_FIELD",
      "",
      "INVALID_FIELD",
      "",
    ]);
    expect(said[0]?.errorMetadata).to.deep.equal({ fields: "99" });
    expect(said[1]?.errorMetadata).to.deep.equal({ fields: "item_number" });
    expect(said[3]?.state).to.equal(BatchItemState.REFUSED);
    expect([...(await inLedger("rising")).keys()].sort()).to.deep.equal(["rising-1", "rising-3"]);
  });

  it("ends for a message that is none, after the results of those before it", async () => {
    const stream = (await openStream()).read();
    await stream.send([topUp("before-0"), topUp("before-1")]);
    stream.sendBytes(new Uint8Array([0xff]));
    expect(await stream.ended).to.deep.equal({ code: "INVALID_ARGUMENT", reason: "MALFORMED_MESSAGE" });
    expect(stream.posted()).to.have.lengthOf(2);
  });

  it("ends at once when nothing is sent, and is not for holders", async () => {
    expect(await (await openStream()).read().finish().ended).to.deep.equal({ code: "OK", reason: "" });
    const stream = new ItemStream({ port: app.app.grpcPort, token: await app.token("holder", "alice") });
    open.push(stream);
    expect(await stream.read().finish().ended).to.deep.equal({
      code: "PERMISSION_DENIED",
      reason: "ROLE_REQUIRED",
    });
  });

  it("carries the same requests as the RPCs that its movements are named after", async () => {
    const { movement, key } = topUp("named-0");
    const { transaction } = await app
      .as("service", "orders")
      .wallet.topUp(movement?.kind?.value as object, keyed(key));
    const stream = (await openStream()).read();
    await stream.send([topUp("named-0")]);
    await stream.finish().ended;
    expect(stream.results.get(1n)?.result).to.include({ replayed: true, transactionId: transaction?.id });
  });
});
