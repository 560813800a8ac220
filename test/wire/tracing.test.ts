import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { keyed, reasonOf, refusalOf, startApp, type TestApp } from "../support/app.js";
import { attributesOf, Collector, type ExportedSpan } from "../support/collector.js";
import { givenAsset, givenFunds, givenHolder, ofHolder } from "../support/given.js";
import { LogLines } from "../support/lines.js";
import { onServer } from "../support/postgres.js";
import { movements } from "../support/queue.js";

const phaseNames = ["connect", "claim", "lock", "plan", "write", "commit"].map((phase) => `poster.${phase}`);
const parentId = "00f067aa0ba902b7";

let traces = 0;

/** A trace context of a caller, with a trace of its own. */
function traceparent(sampled: boolean): { traceId: string; headers: Record<string, string> } {
  const traceId = `4bf92f3577b34da6a3ce${(++traces).toString(16).padStart(12, "0")}`;
  const headers = { traceparent: `00-${traceId}-${parentId}-${sampled ? "01" : "00"}` };
  return { traceId, headers };
}

describe("the traces", () => {
  let collector: Collector;
  let app: TestApp;
  const logged = new LogLines();

  before(async () => {
    collector = await Collector.open();
    app = await startApp({
      logTo: logged,
      queue: {},
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
        OTEL_SERVICE_NAME: "wallet-of-the-test",
        OTEL_TRACES_SAMPLER_ARG: "0",
      },
    });
    await givenAsset(app, "gold");
    for (const holder of ["alice", "bob"]) await givenHolder(app, holder);
    await givenFunds(app, "alice", "gold", 1_000n);
  });
  after(async () => {
    await app.close();
    await collector.close();
  });

  const move = (units: bigint, headers: Record<string, string>, key = keyed().headers) =>
    app
      .as("service")
      .wallet.transfer(
        { source: ofHolder("alice"), destination: ofHolder("bob"), amount: { asset: "gold", units } },
        { headers: { ...key, ...headers } },
      );
  const spanOf = (traceId: string, name: RegExp) =>
    collector.untilSpan((span) => span.traceId === traceId && name.test(span.name));
  const spansIn = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId);

  it("have one server span for a call, below the caller's, with its wait and its time in the batch", async () => {
    const { traceId, headers } = traceparent(true);
    await move(5n, headers);
    const server = await spanOf(traceId, /Transfer$/);
    expect(server).to.include({ parentSpanId: parentId, kind: 2, name: "wallet.v1.WalletService/Transfer" });
    expect(attributesOf(server)).to.deep.equal({
      "rpc.system": "grpc",
      "rpc.service": "wallet.v1.WalletService",
      "rpc.method": "Transfer",
      "rpc.grpc.status_code": 0,
    });
    expect(server.status.code).to.equal(0);
    const [wait, decide] = [await spanOf(traceId, /wait$/), await spanOf(traceId, /decide$/)];
    expect([wait.parentSpanId, decide.parentSpanId]).to.deep.equal([server.spanId, server.spanId]);
    expectWithin(wait, server);
    expectWithin(decide, server);
    expect(decide.startTimeUnixNano).to.equal(wait.endTimeUnixNano);
    expect(spansIn(traceId)).to.have.lengthOf(3);
    expect(collector.resource).to.include({ "service.name": "wallet-of-the-test" });
  });

  it("have one span for a batch, with its phases in a row, which the calls in it link to", async () => {
    const callers = Array.from({ length: 5 }, () => traceparent(true));
    const unsampled = traceparent(false);
    await Promise.all([...callers, unsampled].map(({ headers }) => move(1n, headers)));
    const decided = await Promise.all(callers.map(({ traceId }) => spanOf(traceId, /decide$/)));
    const batches = new Map<string, ExportedSpan>();
    for (const { links } of decided) {
      const [link] = links;
      expect(links).to.have.lengthOf(1);
      const batch = await collector.untilSpan((span) => span.spanId === link?.spanId);
      expect(batch).to.include({ name: "poster.batch", traceId: link?.traceId });
      expect(batch.parentSpanId ?? "").to.equal("");
      batches.set(batch.spanId, batch);
    }
    // The six calls may come in one batch or in a few.
    let submissions = 0;
    for (const batch of batches.values()) {
      const attributes = attributesOf(batch);
      expect(attributes).to.include({ "wallet.lane": "fast" });
      expect(attributes["wallet.batch.movements"]).to.equal(attributes["wallet.batch.submissions"]);
      submissions += Number(attributes["wallet.batch.submissions"]);
      const children = spansIn(batch.traceId).filter(({ parentSpanId }) => parentSpanId === batch.spanId);
      children.sort((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)));
      expect(children.map(({ name }) => name)).to.have.members(phaseNames);
      expectChained(
        phaseNames.map((name) => children.find((child) => child.name === name)),
        batch,
      );
    }
    expect(submissions).to.be.within(5, 6);
    expect(spansIn(unsampled.traceId)).to.deep.equal([]);
  });

  it("say why a call was refused, and that it was replayed, and are no errors for that", async () => {
    const { traceId, headers } = traceparent(true);
    const key = keyed().headers;
    for (let time = 0; time < 2; time++) {
      expect(await reasonOf(move(1_000_000n, headers, key))).to.equal("INSUFFICIENT_FUNDS");
    }
    await collector.untilSpan((span) => span.traceId === traceId && "wallet.replayed" in attributesOf(span));
    const servers = spansIn(traceId).filter(({ kind }) => kind === 2);
    expect(servers.map(({ status }) => status.code)).to.deep.equal([0, 0]);
    const attributes = servers.map(attributesOf);
    for (const one of attributes)
      expect(one).to.include({ "rpc.grpc.status_code": 9, "wallet.reason": "INSUFFICIENT_FUNDS" });
    expect(attributes.filter((one) => one["wallet.replayed"] === true)).to.have.lengthOf(1);
  });

  it("mark what the service did not answer as an error", async () => {
    const { traceId, headers } = traceparent(true);
    await onServer(app.database.ownerUrl, "alter table jobs rename to jobs_away");
    const call = app.as("service").wallet.getJob({ jobId: randomUUID() }, { headers });
    expect(await refusalOf(call)).to.include({ code: "Internal", reason: "" });
    await onServer(app.database.ownerUrl, "alter table jobs_away rename to jobs");
    const span = await spanOf(traceId, /GetJob$/);
    expect(attributesOf(span)).to.include({ "rpc.grpc.status_code": 13 });
    expect(span.status).to.deep.equal({ code: 2, message: "INTERNAL" });
  });

  it("leave out the calls whose callers do not sample, and by the ratio those that say nothing", async () => {
    const { traceId, headers } = traceparent(false);
    const before = collector.spans.length;
    await move(1n, headers);
    await move(1n, {});
    const marker = traceparent(true);
    await move(1n, marker.headers);
    await spanOf(marker.traceId, /Transfer$/);
    expect(spansIn(traceId)).to.deep.equal([]);
    const calls = collector.spans.slice(before).filter(({ kind }) => kind === 2);
    expect(calls.map((span) => span.traceId)).to.deep.equal([marker.traceId]);
  });

  it("are continued by the log, by the events of the wallets and by queued operations", async () => {
    const { traceId, headers } = traceparent(true);
    await move(2n, headers);
    const server = await spanOf(traceId, /Transfer$/);
    const line = logged.lines.find((one) => one.traceId === traceId);
    expect(line).to.include({ method: "wallet.v1.WalletService/Transfer", code: "OK" });
    const events = await onServer<{ traceparent: string }>(
      app.database.ownerUrl,
      "select payload ->> 'traceparent' as traceparent from outbox where payload ->> 'traceparent' like $1",
      [`%${traceId}%`],
    );
    const expected = `00-${traceId}-${server.spanId}-01`;
    expect(events.map((event) => event.traceparent)).to.deep.equal([expected, expected]);

    const queued = traceparent(true);
    await app
      .as("service")
      .wallet.enqueueTransaction(
        { movement: movements.topUp("bob", 1n) },
        { headers: { ...keyed().headers, ...queued.headers } },
      );
    const enqueue = await spanOf(queued.traceId, /EnqueueTransaction$/);
    await collector.untilSpan(
      () => spansIn(queued.traceId).filter(({ name }) => name === "poster.decide").length === 2,
    );
    const below = spansIn(queued.traceId).filter(({ parentSpanId }) => parentSpanId === enqueue.spanId);
    expect(below.map(({ name }) => name).sort()).to.deep.equal(
      ["poster.decide", "poster.decide", "poster.wait", "poster.wait"].sort(),
    );
  });

  it("have a span for a stream, from its beginning to its end", async () => {
    const { traceId, headers } = traceparent(true);
    const leave = new AbortController();
    const stream = app
      .as("service")
      .wallet.watchWallet({ wallet: ofHolder("alice"), asset: "gold" }, { headers, signal: leave.signal });
    for await (const _ of stream) break;
    leave.abort();
    const span = await spanOf(traceId, /WatchWallet$/);
    expect(attributesOf(span)).to.include({ "rpc.grpc.status_code": 1 });
    expect(span.status.code).to.equal(0);
  });

  it("name no holder, no amount and no key", () => {
    const text = JSON.stringify(collector.spans);
    for (const secret of ["alice", "bob", "gold", "wire-", "eyJ"])
      expect(text, secret).not.to.include(secret);
  });
});

describe("a collector that does not answer", () => {
  it("is reported once and once when it is back, and what is left at a stop is exported", async () => {
    const collector = await Collector.open();
    const logged = new LogLines();
    const app = await startApp({ logTo: logged, env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
    const said = (text: string) => logged.lines.filter(({ msg }) => String(msg).includes(text));
    collector.refusing = true;
    await givenAsset(app, "gold");
    await collector.untilExports(1);
    await givenHolder(app, "alice");
    await collector.untilExports(2);
    await givenHolder(app, "bob");
    collector.refusing = false;
    await collector.untilSpan(({ name }) => name.endsWith("CreateHolder"));
    await givenHolder(app, "carol");
    await app.close();
    expect(said("traces cannot be exported")).to.have.lengthOf(1);
    expect(said("traces are exported again")).to.have.lengthOf(1);
    const created = collector.spans.filter(({ name }) => name.endsWith("CreateHolder"));
    expect(created).to.have.lengthOf(2);
    await collector.close();
  });

  it("does not keep a stop waiting when it is gone", async () => {
    const collector = await Collector.open();
    const { url } = collector;
    await collector.close();
    const app = await startApp({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: url } });
    await givenAsset(app, "gold");
    const startedMs = performance.now();
    await app.close();
    // Without a bound the exporter would try for ten seconds.
    expect(performance.now() - startedMs).to.be.lessThan(8_000);
  });
});

function expectWithin(inner: ExportedSpan, outer: ExportedSpan): void {
  expect(BigInt(inner.startTimeUnixNano) >= BigInt(outer.startTimeUnixNano), `${inner.name} begins`).to.equal(
    true,
  );
  expect(BigInt(inner.endTimeUnixNano) <= BigInt(outer.endTimeUnixNano), `${inner.name} ends`).to.equal(true);
}

/** The first begins with the whole, each next one where the one before ended, and the last ends with the whole. */
function expectChained(spans: readonly (ExportedSpan | undefined)[], whole: ExportedSpan): void {
  let at = whole.startTimeUnixNano;
  for (const span of spans) {
    expect(span?.startTimeUnixNano, span?.name).to.equal(at);
    at = span?.endTimeUnixNano ?? "";
  }
  expect(at).to.equal(whole.endTimeUnixNano);
}
