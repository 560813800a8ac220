import { toBinary } from "@bufbuild/protobuf";
import { expect } from "chai";
import { BatchMode, BatchView, ExecuteBatchResponseSchema } from "../../src/gen/wallet/v1/bulk_pb.js";
import { expectSound, keyed, refusalOf, startApp, type TestApp, type TestClients } from "../support/app.js";
import { executeBatch, type Item, reasons, topUp, transfer } from "../support/batch.js";
import { dumpLedger } from "../support/dump.js";
import { givenAsset, givenHolder } from "../support/given.js";

const { INDEPENDENT, ATOMIC } = BatchMode;

describe("the form of a batch", () => {
  let app: TestApp;
  let service: TestClients;

  before(async () => {
    app = await startApp();
    service = app.as("service", "orders");
    await givenAsset(app, "gold");
    for (const id of ["alice", "bob"]) await givenHolder(app, id);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const execute = (request: Parameters<typeof executeBatch>[1], key?: string) =>
    executeBatch(service, request, key);

  it("refuses the whole call for the form of any item, naming each field", async () => {
    const before = await dumpLedger(app.database.url);
    const bad = transfer("alice", "bob", 0n);
    const dry = topUp("bob", 1n, { validateOnly: true });
    const refund = {
      idempotencyKey: "r",
      movement: { kind: { case: "refundTransaction", value: {} } },
    } as const;
    const legs = { idempotencyKey: "l", movement: { kind: { case: "postTransaction", value: {} } } } as const;
    const cases: [Item[], string[]][] = [
      [[], ["items"]],
      [[topUp("bob", 1n), bad], ["items[1].movement.transfer.amount.units"]],
      [[dry], ["items[0].movement.top_up.validate_only"]],
      [[refund], ["items[0].movement.refund_transaction.transaction_id"]],
      [[legs], ["items[0].movement.post_transaction.legs"]],
      [[{ idempotencyKey: "x" }], ["items[0].movement"]],
      [
        [
          { ...topUp("bob", 1n), idempotencyKey: "" },
          { ...topUp("bob", 1n), idempotencyKey: "a b" },
        ],
        ["items[0].idempotency_key", "items[1].idempotency_key"],
      ],
      [[topUp("bob", 1n, {}, "twin"), topUp("bob", 1n, {}, "twin")], ["items[1].idempotency_key"]],
      [[topUp("bob", 1n, {}, "own")], ["items[0].idempotency_key"]],
      [[topUp("bob", 1n, { description: "\0" })], ["items[0].movement.top_up.description"]],
    ];
    for (const mode of [INDEPENDENT, ATOMIC]) {
      for (const [items, fields] of cases) {
        const refusal = await refusalOf(execute({ items, mode }, "own"));
        expect(refusal, fields.join()).to.deep.include({
          code: "InvalidArgument",
          reason: "INVALID_FIELD",
          fields,
        });
      }
    }
    const modeless = await refusalOf(execute({ items: [topUp("bob", 1n)], mode: BatchMode.UNSPECIFIED }));
    expect(modeless.fields).to.deep.equal(["mode"]);
    const many = Array.from({ length: 1_001 }, () => topUp("bob", 1n));
    expect((await refusalOf(execute({ items: many, mode: INDEPENDENT }))).fields).to.deep.equal(["items"]);
    expect(await dumpLedger(app.database.url)).to.equal(before);
  });

  it("is not for holders or auditors", async () => {
    for (const role of ["holder", "auditor"] as const) {
      const call = app
        .as(role, "alice")
        .wallet.executeBatch({ items: [topUp("alice", 1n)], mode: ATOMIC }, keyed());
      expect((await refusalOf(call)).reason).to.equal("ROLE_REQUIRED");
    }
  });

  it("carries a thousand of the largest movements, and answers with less than 4 MiB", async () => {
    // As much metadata as a request of a thousand has room for.
    const metadata = Object.fromEntries(
      Array.from({ length: 7 }, (_, pair) => [`key-${pair}`.padEnd(64, "k"), "v".repeat(500)]),
    );
    const items = Array.from({ length: 1_000 }, (_, index) =>
      topUp(
        "bob",
        1n,
        { metadata, externalReference: `ref-${index}`.padEnd(64, "r") },
        `large-${index}`.padEnd(60, "i"),
      ),
    );
    for (const key of ["largest", "largest"]) {
      const answer = await service.wallet.executeBatch(
        { items, mode: INDEPENDENT, view: BatchView.FULL },
        keyed(key),
      );
      const size = toBinary(ExecuteBatchResponseSchema, answer).length;
      expect(answer.postedCount).to.equal(1_000);
      expect(size)
        .to.be.lessThan(4_194_304)
        .and.greaterThan(4_194_304 - 16_384);
      const whole = answer.results.filter(({ transaction }) => transaction !== undefined).length;
      expect(whole).to.be.greaterThan(800).and.lessThan(1_000);
      const cut = answer.results.findIndex(({ transaction }) => transaction === undefined);
      expect(cut).to.equal(whole);
      const rest = answer.results[whole]?.transactionId ?? "";
      const { transaction } = await service.wallet.getTransaction({ transactionId: rest });
      expect(transaction?.metadata).to.deep.equal(metadata);
    }
  });

  it("answers with less than 4 MiB when a thousand are refused with the longest figures", async () => {
    const holder = "\u{1f4b0}".repeat(64);
    await service.wallet.createHolder({ holderId: holder }, keyed());
    const reference = "\u{1f4b0}".repeat(64);
    await execute({ items: [topUp(holder, 1n, { externalReference: reference })], mode: ATOMIC });
    const items = Array.from({ length: 1_000 }, (_, index) =>
      topUp(holder, 1n, { externalReference: reference }, `refused-${index}`.padEnd(255, "i")),
    );
    const answer = await service.wallet.executeBatch(
      { items, mode: INDEPENDENT, view: BatchView.FULL },
      keyed(),
    );
    expect(reasons(answer)).to.deep.equal(Array(1_000).fill("EXTERNAL_REFERENCE_USED"));
    expect(toBinary(ExecuteBatchResponseSchema, answer).length).to.be.lessThan(4_194_304);
  });
});
