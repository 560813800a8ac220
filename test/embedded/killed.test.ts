import { readdir } from "node:fs/promises";
import { expect } from "chai";
import { type EmbeddedDatabase, startEmbedded } from "../../src/embedded/embedded.js";
import { cleanUp, failureOf, kill, newDataDir, processesNaming, query, spawnService } from "./support.js";

describe("the embedded database, when the service is killed with SIGKILL", () => {
  let database: EmbeddedDatabase | undefined;

  afterEach(async () => {
    await database?.stop();
    database = undefined;
    await cleanUp();
  });

  it("starts again with its data and leaves no server behind", async () => {
    const dataDir = newDataDir();
    const { child, line } = await spawnService(dataDir, /^(started|failed)/);
    await query(line.replace("started ", ""), "create table kept as select 42 as answer");
    await kill(child);
    database = await startEmbedded({ dataDir });
    expect(await query(database.ownerUrl, "select answer from kept")).to.deep.equal([{ answer: 42 }]);
    const servers = (await processesNaming(dataDir)).filter((found) => !found.includes("wallet-guard"));
    expect(servers).to.have.length(1);
  });

  it("stops the orphaned server of a service that was killed together with its guard", async () => {
    const dataDir = newDataDir();
    const { child, line } = await spawnService(dataDir, /^(started|failed)/);
    await query(line.replace("started ", ""), "create table kept as select 42 as answer");
    const guards = (await processesNaming(dataDir)).filter((found) => found.includes("wallet-guard"));
    for (const guard of guards) process.kill(Number.parseInt(guard, 10), "SIGKILL");
    await kill(child);
    database = await startEmbedded({ dataDir });
    expect(await query(database.ownerUrl, "select answer from kept")).to.deep.equal([{ answer: 42 }]);
  });

  it("refuses a data directory that another live service has, and names that process", async () => {
    const dataDir = newDataDir();
    const { child } = await spawnService(dataDir, /^(started|failed)/);
    const failure = await failureOf(startEmbedded({ dataDir }));
    expect(failure.message).to.include(`in use by process ${child.pid};`);
  });

  for (const moment of [
    "creating subdirectories",
    "creating configuration files",
    "running bootstrap script",
    "syncing data to disk",
    "ready to accept connections",
  ]) {
    it(`recovers from a first start that was killed at "${moment}"`, async () => {
      const dataDir = newDataDir();
      const { child } = await spawnService(dataDir, new RegExp(moment));
      await kill(child);
      database = await startEmbedded({ dataDir });
      expect(await query(database.url, "select current_user as me")).to.deep.equal([
        { me: "wallet_service" },
      ]);
      expect(await query(database.ownerUrl, "select current_user as me")).to.deep.equal([
        { me: "wallet_owner" },
      ]);
      expect(await readdir(dataDir)).to.have.members(["credentials.json", "postgres", "service.lock"]);
    });
  }
});
