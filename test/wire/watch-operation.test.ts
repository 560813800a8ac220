import { expect } from "chai";
import { OperationState, type WatchOperationResponse } from "../../src/gen/wallet/v1/operation_pb.js";
import { expectSound, keyed, refusalOf, startApp, type TestApp, type TestClients } from "../support/app.js";
import { givenAsset, givenHolder, ofHolder } from "../support/given.js";
import { applyQueue, enqueue, movements, operationOf } from "../support/queue.js";

const { PENDING, SUCCEEDED, REFUSED } = OperationState;

describe("WatchOperation", () => {
  let app: TestApp;
  let service: TestClients;

  before(async () => {
    app = await startApp({ feedLimits: { heartbeatMs: 20 } });
    service = app.as("service", "orders");
    await givenAsset(app, "gold");
    await givenHolder(app, "alice");
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const apply = (...keys: string[]) =>
    applyQueue(
      () => startApp({ database: app.database, queue: {} }),
      (other) => other.as("service", "orders"),
      keys,
    );
  const watch = (clients: TestClients, idempotencyKey: string, caller = "") =>
    clients.wallet.watchOperation({ idempotencyKey, caller })[Symbol.asyncIterator]();
  const statesOf = (messages: readonly WatchOperationResponse[]) =>
    messages.flatMap(({ event }) => (event.case === "operation" ? [event.value.state] : []));

  /** All that comes after what was taken, to the end. */
  async function rest(stream: AsyncIterator<WatchOperationResponse>): Promise<WatchOperationResponse[]> {
    const messages: WatchOperationResponse[] = [];
    for (let next = await stream.next(); !next.done; next = await stream.next()) messages.push(next.value);
    return messages;
  }

  it("sends the operation as it is, signs of life, and what became of it once it is applied elsewhere", async () => {
    for (const { clients, key, movement, state } of [
      {
        clients: service,
        key: "seen-grpc",
        movement: movements.topUp("alice", 5n),
        state: SUCCEEDED,
      },
      {
        clients: app.overHttp("service", "orders", "connect-json"),
        key: "seen-http",
        movement: movements.withdraw("alice", 500n),
        state: REFUSED,
      },
    ]) {
      const accepted = await enqueue(service, movement, key);
      const stream = watch(clients, key);
      const { value: first } = await stream.next();
      expect(first.event.value).to.deep.include({ state: PENDING, createTime: accepted.createTime });
      const { value: second } = await stream.next();
      expect(second.event.case).to.equal("heartbeat");
      const applying = apply(key);
      const messages = await rest(stream);
      await applying;
      expect(statesOf(messages)).to.deep.equal([state]);
      const last = messages.at(-1)?.event;
      expect(last?.value).to.deep.equal(await operationOf(service, key));
    }
  });

  it("sends what is final and ends, also for an RPC that is not queued", async () => {
    const amount = { asset: "gold", units: 1n };
    await service.wallet.topUp({ wallet: ofHolder("alice"), amount }, keyed("at-once"));
    const messages = await rest(watch(service, "at-once"));
    expect(statesOf(messages)).to.deep.equal([SUCCEEDED]);
    expect(messages[0]?.event.value).to.deep.equal(await operationOf(service, "at-once"));
  });

  it("tells callers of their own keys, and those who see everything of anybody's", async () => {
    const { caller } = await enqueue(service, movements.topUp("alice", 1n), "mine");
    const other = app.as("service", "other");
    expect(await refusalOf(watch(other, "mine").next())).to.include({
      code: "NotFound",
      reason: "OPERATION_NOT_FOUND",
    });
    const foreign = await refusalOf(watch(other, "mine", caller).next());
    expect(foreign).to.deep.include({
      code: "PermissionDenied",
      reason: "ROLE_REQUIRED",
      metadata: { role: "service", allowed_roles: "auditor, operator, admin" },
    });
    const seen = watch(app.as("auditor"), "mine", caller);
    const { value } = await seen.next();
    expect(value.event.value).to.include({ state: PENDING, caller });
    expect((await refusalOf(watch(app.as("holder", "alice"), "mine").next())).reason).to.equal(
      "ROLE_REQUIRED",
    );
    const applying = apply("mine");
    expect(statesOf(await rest(seen))).to.deep.equal([SUCCEEDED]);
    await applying;
  });

  it("refuses a name that can be none", async () => {
    const refusal = await refusalOf(watch(service, "", "x".repeat(1_025)).next());
    expect(refusal).to.deep.include({ reason: "INVALID_FIELD", fields: ["idempotency_key", "caller"] });
  });

  it("ends with SHUTTING_DOWN when the service stops, and goes on at the next", async () => {
    const leaving = await startApp({ database: app.database });
    await enqueue(service, movements.topUp("alice", 1n), "meanwhile");
    const stream = watch(leaving.as("service", "orders"), "meanwhile");
    await stream.next();
    const ended = refusalOf(stream.next());
    await leaving.close();
    expect(await ended).to.include({ code: "Unavailable", reason: "SHUTTING_DOWN", retryable: true });
    const again = watch(service, "meanwhile");
    const applying = apply("meanwhile");
    expect(statesOf(await rest(again)).at(-1)).to.equal(SUCCEEDED);
    await applying;
  });
});
