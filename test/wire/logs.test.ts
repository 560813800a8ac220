import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { version } from "../../src/version.js";
import { expectSound, jwtSecret, keyed, refusalOf, startApp, type TestApp } from "../support/app.js";
import { givenAsset, givenFunds, givenHolder, ofHolder } from "../support/given.js";
import { LogLines } from "../support/lines.js";
import { onServer } from "../support/postgres.js";
import { FaultyNetwork } from "../support/proxy.js";
import { until } from "../support/watch.js";

const email = "alice@private.example";

describe("the log of a service that fails in many ways", () => {
  const logged = new LogLines();
  let proxy: FaultyNetwork;
  let app: TestApp;
  let secrets: string[];
  const said = (text: string) => logged.lines.filter(({ msg }) => String(msg).includes(text));
  const callsOf = (method: string) =>
    logged.lines.filter((line) => String(line.method).endsWith(`/${method}`));

  before(async () => {
    const quiet = await startApp();
    await givenAsset(quiet, "gold");
    await givenHolder(quiet, "alice");
    await givenHolder(quiet, "bob");
    await givenFunds(quiet, "alice", "gold", 100n);
    await quiet.close();
    const { database } = quiet;
    proxy = await FaultyNetwork.open(database.url);
    const passwordOf = (url: string) => new URL(url).password;
    app = await startApp({
      database,
      logTo: logged,
      env: { DATABASE_URL: proxy.url },
    });
    secrets = [jwtSecret, passwordOf(database.url), passwordOf(database.ownerUrl), email, "eyJ"];
    expect(secrets.every((secret) => secret.length >= 3)).to.equal(true);
  });
  after(async () => {
    await app.close();
    await proxy.close();
  });

  it("begins with the version and the configuration", () => {
    const [first] = said("the service is up");
    expect(first).to.include({
      level: "info",
      version,
      isolation: "read committed",
      tokens: "signed with JWT_SECRET",
      preparedStatements: "on",
      tls: "none",
      checkpointKey: "none",
      checkpointTrustedKeys: 0,
      checkpointIntervalHours: 24,
      integrityIntervalHours: 24,
      freezingRules: "none",
      traces: "not exported",
      grpcPort: app.app.grpcPort,
    });
    expect(first?.database).to.match(/^wallet_service@127\.0\.0\.1:\d+\/test_\d+$/);
  });

  it("has the request id and the trace id of a call, at the level that its outcome asks for", async () => {
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const headers = {
      ...keyed().headers,
      "x-request-id": "request-77",
      traceparent: `00-${traceId}-00f067aa0ba902b7-00`,
    };
    const { wallet } = app.as("service");
    await wallet.createHolder({ holderId: "carol", email }, { headers });
    expect(callsOf("CreateHolder")[0]).to.include({
      level: "debug",
      code: "OK",
      requestId: "request-77",
      traceId,
    });
  });

  it("tells the cause of an internal error, without the values of the statement", async () => {
    await onServer(app.database.ownerUrl, "alter table holders rename column email to email_away");
    const { wallet } = app.as("service");
    const refusal = await refusalOf(wallet.createHolder({ holderId: "dave", email }, keyed()));
    const read = await refusalOf(wallet.getHolder({ holderId: "carol" }));
    await onServer(app.database.ownerUrl, "alter table holders rename column email_away to email");
    expect([refusal.code, read.code]).to.deep.equal(["Internal", "Internal"]);
    const failures = logged.lines.filter(({ level }) => level === "error");
    expect(failures).to.have.lengthOf(2);
    for (const { err, requestId } of failures) {
      expect(requestId).to.be.a("string");
      expect(err).to.have.nested.property("message").that.includes("email");
    }
  });

  it("tells that the database is away, and when it is back", async () => {
    proxy.takeDown();
    const { wallet } = app.as("service");
    const amount = { asset: "gold", units: 1n };
    const move = () =>
      wallet.transfer({ source: ofHolder("alice"), destination: ofHolder("bob"), amount }, keyed());
    expect((await refusalOf(move())).reason).to.equal("DATABASE_UNAVAILABLE");
    expect((await refusalOf(wallet.getJob({ jobId: randomUUID() }))).reason).to.equal("DATABASE_UNAVAILABLE");
    const warnings = logged.lines.filter(({ reason }) => reason === "DATABASE_UNAVAILABLE");
    expect(warnings.map(({ level }) => level)).to.deep.equal(["warn", "warn"]);
    expect(said("an idle database connection was lost")).not.to.deep.equal([]);
    proxy.bringUp();
    await until("the database is used again", () =>
      move().then(
        () => true,
        () => false,
      ),
    );
  });

  it("tells what became of a commit that was not answered", async () => {
    const { wallet } = app.as("service");
    const amount = { asset: "gold", units: 1n };
    const moving = wallet.topUp({ wallet: ofHolder("bob"), amount }, keyed());
    await Promise.all([proxy.breakNextCommit("unanswered"), moving]);
    expect(said("broke during a commit")[0]).to.include({ level: "warn", fate: "committed" });
  });

  it("has none of the secrets, and says when the service stops", async () => {
    await expectSound(app);
    await app.close();
    expect(said("the service is stopping")).to.have.lengthOf(1);
    expect(said("the service has stopped")).to.have.lengthOf(1);
    expect(logged.lines.length).to.be.greaterThan(8);
    for (const secret of secrets) expect(logged.text, secret).not.to.include(secret);
  });
});
