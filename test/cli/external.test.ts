import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { expect } from "chai";
import { migrations } from "../../migrations/index.js";
import { WalletService } from "../../src/gen/wallet/v1/wallet_service_pb.js";
import { onServer, openSession } from "../support/postgres.js";
import {
  type EmptyDatabase,
  emptyDatabase,
  endChildren,
  freePorts,
  secret,
  serve,
  wallet,
} from "./support.js";

const names = migrations.map(({ name }) => name);

describe("wallet on a PostgreSQL of one's own", function () {
  this.timeout(120_000);
  let database: EmptyDatabase;
  let env: Record<string, string>;

  beforeEach(async () => {
    database = await emptyDatabase();
    env = { ...freePorts, ...database, JWT_SECRET: secret };
  });
  afterEach(endChildren);

  it("migrates up, says where the schema is, and takes the newest migration back", async () => {
    const migrate = async (command: string) => (await wallet(["migrate", command], env)).stdout;
    const all = (state: string) => names.map((name) => `${state}  ${name}\n`).join("");
    expect(await migrate("status")).to.equal(all("missing"));
    expect(await migrate("up")).to.equal(`Applied ${names.join(", ")}.\n`);
    expect(await migrate("up")).to.equal("The schema is at head already.\n");
    expect(await migrate("status")).to.equal(all("applied"));
    for (const name of names.toReversed()) {
      expect(await migrate("down")).to.equal(`Took ${name} back.\n`);
    }
    expect(await migrate("down")).to.equal("There is no migration to take back.\n");
    expect(await migrate("status")).to.equal(all("missing"));
  });

  it("refuses to serve a schema that is not at head, and says what to run", async () => {
    const { code, stdout, stderr } = await wallet(["serve"], env);
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
    expect(stderr).to.include(names.join(", "));
    expect(stderr).to.include("Run `wallet migrate up`").and.to.include("`serve --migrate`");
  });

  it("serves after --migrate, as a role that cannot change the ledger, and prints no token", async () => {
    const service = await serve(env, "--migrate");
    expect((await fetch(`http://127.0.0.1:${service.httpPort}/readyz`)).status).to.equal(200);
    service.child.kill("SIGTERM");
    const { code, stdout, stderr } = await service.ended;
    expect(code).to.equal(0);
    expect(stdout).not.to.include("eyJ");
    expect(stderr).not.to.include("may change ledger rows");
  });

  it("makes the demonstration data once, however often it is asked to", async () => {
    await wallet(["migrate", "up"], env);
    for (let run = 0; run < 2; run++) {
      const { code, stdout } = await wallet(["seed"], env);
      expect(code).to.equal(0);
      expect(stdout).to.include("holders alice, bob, carol");
      const [counts] = await onServer(
        database.DATABASE_URL,
        `select (select count(*)::int from assets) as assets, (select count(*)::int from holders) as holders,
          (select count(*)::int from transactions) as transactions,
          (select balance::int from wallets where holder_id = 'alice' and asset = 'gold_coins') as alice`,
      );
      expect(counts).to.deep.equal({ assets: 4, holders: 3, transactions: 12, alice: 1_000 });
    }
  });

  it("waits for a call in flight on the first signal, and ends at once on the second", async () => {
    await wallet(["migrate", "up"], env);
    await wallet(["seed"], env);
    const service = await serve(env);
    const stranger = await openSession(database.DATABASE_OWNER_URL);
    await stranger.query("begin; select from wallets where holder_id = 'alice' for update");
    const token = (await wallet(["token", "--sub", "alice", "--role", "holder"], env)).stdout.trim();
    const call = createClient(
      WalletService,
      createGrpcTransport({ baseUrl: `http://127.0.0.1:${service.grpcPort}` }),
    )
      .spend(
        { amount: { asset: "gold_coins", units: 1n } },
        { headers: { authorization: `Bearer ${token}`, "idempotency-key": "stuck" } },
      )
      .then(
        () => "answered",
        () => "broken",
      );
    await pause(500);
    service.child.kill("SIGTERM");
    await pause(1_000);
    expect(service.child.exitCode, "the call is waited for").to.equal(null);
    const start = performance.now();
    service.child.kill("SIGTERM");
    expect((await service.ended).code).to.equal(1);
    expect(performance.now() - start).to.be.lessThan(2_000);
    expect(await call).to.equal("broken");
    await stranger.end();
  });
});
