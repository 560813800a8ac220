import { readdirSync } from "node:fs";
import { expect } from "chai";
import {
  byHolder,
  Code,
  createWalletClient,
  keyed,
  money,
  type WalletClient,
} from "../../src/client/client.js";
import { expectSound, startApp, type TestApp } from "../support/app.js";
import { apiErrorOf, callsOf, protocols } from "../support/client.js";
import { dumpLedger } from "../support/dump.js";
import { givenAsset, givenFunds, givenHolder } from "../support/given.js";
import { Line } from "../support/line.js";
import { onServer } from "../support/postgres.js";

for (const protocol of protocols) {
  describe(`the client over ${protocol}`, () => {
    let app: TestApp;
    let line: Line;
    let client: WalletClient;
    const moved = (units: bigint) => ({
      source: byHolder("alice"),
      destination: byHolder("bob"),
      amount: money("gold", units),
    });
    const transfers = () => callsOf(app, "WalletService/Transfer");

    before(async () => {
      app = await startApp();
      await givenAsset(app, "gold");
      for (const id of ["alice", "bob"]) await givenHolder(app, id);
      await givenFunds(app, "alice", "gold", 1_000n);
      line = await Line.open(protocol === "grpc" ? app.app.grpcPort : app.app.httpPort);
      const token = await app.token("service");
      client = createWalletClient({ baseUrl: line.url, protocol, token, retry: { delayMsBase: 1 } });
    });
    after(async () => {
      client.close();
      await line.close();
      await app.close();
    });
    afterEach(() => expectSound(app));

    it("sends the token and a key of its own, another for each call", async () => {
      const first = await client.wallet.transfer(moved(1n));
      const second = await client.wallet.transfer(moved(1n));
      expect(first.transaction?.initiatedBy).to.include("service-1");
      expect(second.transaction?.id).not.to.equal(first.transaction?.id);
      const keys = await onServer<{ key: string }>(
        app.database.url,
        `select key from idempotency_keys where operation_id = any ('{${first.transaction?.id},${second.transaction?.id}}')`,
      );
      const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
      for (const { key } of keys) expect(key).to.match(uuid);
      expect(new Set(keys.map(({ key }) => key)).size).to.equal(2);
    });

    it("asks for the token before each call, and passes on that there is none", async () => {
      const tokens = [app.token("service", "first"), app.token("service", "second")];
      const asking = createWalletClient({
        baseUrl: line.url,
        protocol,
        token: () => tokens.shift() ?? Promise.reject(new Error("no token")),
      });
      const callers = [
        (await asking.wallet.transfer(moved(1n))).transaction?.initiatedBy,
        (await asking.wallet.transfer(moved(1n))).transaction?.initiatedBy,
      ];
      expect(callers[0]).to.include("first");
      expect(callers[1]).to.include("second");
      const failure: unknown = await asking.wallet.transfer(moved(1n)).catch((error: unknown) => error);
      expect(failure).to.include({ name: "Error", message: "no token" });
      asking.close();
    });

    it("moves value once when the answer is lost, because the second attempt carries the same key", async () => {
      const [lost, calls] = [line.lost, await transfers()];
      line.loseAnswers(1);
      const call = keyed(`lost-${protocol}`);
      const { transaction } = await client.wallet.transfer(moved(7n), call);
      expect(line.lost - lost).to.equal(1);
      expect((await transfers()) - calls).to.equal(2);
      expect(call.replayed).to.equal(true);
      expect(call.requestId).to.be.a("string").and.not.equal("");
      const posted = await onServer<{ id: string }>(
        app.database.url,
        "select id from transactions where type = 'TRANSFER' and amount = 7 and state = 'POSTED'",
      );
      expect(posted.map(({ id }) => id)).to.deep.equal([transaction?.id]);
    });

    it("repeats a key that it made itself when the answer is lost", async () => {
      line.loseAnswers(2);
      await client.wallet.transfer(moved(11n));
      const posted = await onServer<{ id: string }>(
        app.database.url,
        "select id from transactions where type = 'TRANSFER' and amount = 11",
      );
      expect(posted).to.have.length(1);
    });

    it("repeats a read whose answer is lost", async () => {
      const lost = line.lost;
      line.loseAnswers(1);
      const { balance } = await client.wallet.getBalance({ wallet: byHolder("alice"), asset: "gold" });
      expect(line.lost - lost).to.equal(1);
      expect(balance?.posted?.asset).to.equal("gold");
    });

    it("says after its last attempt that value may have moved, and under which key", async () => {
      const once = createWalletClient({
        baseUrl: line.url,
        protocol,
        token: () => app.token("service"),
        retry: { attemptsMax: 1 },
      });
      line.loseAnswers(1);
      const error = await apiErrorOf(once.wallet.transfer(moved(13n)));
      expect(error).to.include({
        reason: undefined,
        mayHaveMoved: true,
        safeToRetry: true,
        requestId: undefined,
      });
      const again = keyed(error.idempotencyKey ?? "");
      await client.wallet.transfer(moved(13n), again);
      expect(again.replayed).to.equal(true);
      line.loseAnswers(1);
      const read = await apiErrorOf(once.wallet.getBalance({ wallet: byHolder("alice"), asset: "gold" }));
      expect(read).to.include({ mayHaveMoved: false, safeToRetry: true, idempotencyKey: undefined });
      once.close();
    });

    it("gives the figures of a refusal, which moved nothing and is replayed under its key", async () => {
      const { balance } = await client.wallet.getBalance({ wallet: byHolder("bob"), asset: "gold" });
      const units = (balance?.available?.units ?? 0n) + 5n;
      const spend = () =>
        client.wallet.spend(
          { wallet: byHolder("bob"), amount: money("gold", units) },
          keyed(`over-${protocol}`),
        );
      const before = await dumpLedger(app.database.url);
      const error = await apiErrorOf(spend());
      expect(error).to.include({
        name: "WalletApiError",
        code: Code.FailedPrecondition,
        reason: "INSUFFICIENT_FUNDS",
        idempotencyKey: `over-${protocol}`,
        mayHaveMoved: false,
        safeToRetry: false,
        replayed: false,
      });
      expect(error.metadata).to.include({ shortfall_units: "5" });
      expect(error.message).to.include("5");
      expect(error.requestId).to.be.a("string").and.not.equal("");
      expect((await apiErrorOf(spend())).replayed).to.equal(true);
      expect(await dumpLedger(app.database.url)).to.equal(before);
    });

    it("never repeats a call whose version was not the expected one", async () => {
      const calls = await transfers();
      const error = await apiErrorOf(client.wallet.transfer({ ...moved(1n), expectedVersion: 999_999n }));
      expect(error).to.include({ code: Code.Aborted, reason: "VERSION_MISMATCH", safeToRetry: false });
      expect((await transfers()) - calls).to.equal(1);
    });

    it("names the wrong fields", async () => {
      const error = await apiErrorOf(client.wallet.transfer(moved(-1n)));
      expect(error).to.include({ code: Code.InvalidArgument, reason: "INVALID_FIELD", mayHaveMoved: false });
      expect(error.fieldViolations.map(({ field }) => field)).to.deep.equal(["amount.units"]);
      expect(error.fieldViolations[0]?.description).to.be.a("string").and.not.equal("");
    });

    it("sends nothing that cannot be encoded", async () => {
      const calls = await transfers();
      const thrown: unknown = await client.wallet.transfer(moved(2n ** 63n)).catch((error: unknown) => error);
      expect(thrown).to.be.an("error").with.property("message").that.includes("invalid int64");
      expect(thrown).not.to.have.property("mayHaveMoved");
      expect(await transfers()).to.equal(calls);
    });

    it("is refused after it is closed, and then nothing was sent", async () => {
      const token = await app.token("service");
      const closed = createWalletClient({ baseUrl: line.url, protocol, token });
      await closed.wallet.transfer(moved(1n));
      closed.close();
      const calls = await transfers();
      const error = await apiErrorOf(closed.wallet.transfer(moved(1n)));
      expect(error).to.include({ code: Code.Canceled, mayHaveMoved: false });
      expect(await transfers()).to.equal(calls);
    });
  });
}

describe("the export of the client", () => {
  it("has every generated stub of the contract", async () => {
    const exported = Object.keys(await import("../../src/client/client.js"));
    for (const file of readdirSync("src/gen/wallet/v1")) {
      const stubs = Object.keys(await import(`../../src/gen/wallet/v1/${file.replace(/\.ts$/, ".js")}`));
      expect(stubs.length).to.be.greaterThan(0);
      expect(exported).to.include.members(stubs);
    }
  });
});
