import { chown, lstat, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { type EmbeddedDatabase, startEmbedded } from "../../src/embedded/embedded.js";
import { EmbeddedError } from "../../src/embedded/error.js";
import { startTemporary } from "../../src/embedded/temporary.js";
import { cleanUp, failureOf, newDataDir, processesNaming, query } from "./support.js";

// One data directory for all tests, since making a cluster is what takes the time; a test that starts from nothing asks
// for a folder of its own.
describe("the embedded database", () => {
  const dataDir = newDataDir();
  const started: EmbeddedDatabase[] = [];
  const start = async (...options: Parameters<typeof startEmbedded>): Promise<EmbeddedDatabase> => {
    const database = await startEmbedded(...options);
    started.push(database);
    return database;
  };

  afterEach(async () => {
    for (const database of started.splice(0)) await database.stop();
  });

  after(cleanUp);

  it("keeps its data over a restart and leaves nothing running when it stops", async () => {
    const first = await start({ dataDir });
    await query(first.ownerUrl, "create table kept as select 42 as answer");
    await first.stop();
    expect(await processesNaming(dataDir)).to.deep.equal([]);
    expect(await readdir(dataDir)).to.have.members(["credentials.json", "postgres"]);

    const second = await start({ dataDir });
    expect(await query(second.ownerUrl, "select answer from kept")).to.deep.equal([{ answer: 42 }]);
  });

  it("is durable, in UTC, and listens to the loopback interface only", async () => {
    const database = await startTemporary();
    started.push(database);
    const rows = await query(
      database.superuserUrl, // Nobody else may read the socket directories.
      `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes',
         'listen_addresses', 'unix_socket_directories', 'TimeZone', 'server_encoding')`,
    );
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).to.deep.equal({
      TimeZone: "UTC",
      fsync: "on",
      full_page_writes: "on",
      listen_addresses: "127.0.0.1",
      server_encoding: "UTF8",
      synchronous_commit: "on",
      unix_socket_directories: "",
    });
  });

  it("gives the service role the right to connect and nothing else", async () => {
    const { url, ownerUrl } = await start({ dataDir });
    await query(ownerUrl, "create table secrets (id int)");
    expect((await failureOf(query(url, "select from secrets"))).message).to.match(/permission denied/);
    expect((await failureOf(query(url, "create table mine (id int)"))).message).to.match(/permission denied/);
    expect((await failureOf(query(url, "create temporary table mine (id int)"))).message).to.match(
      /permission denied/,
    );
    const elsewhere = url.replace(/\/wallet$/, "/postgres");
    expect((await failureOf(query(elsewhere, "select 1"))).message).to.match(
      /permission denied for database/,
    );
    const roles = await query(url, "select rolname, rolsuper from pg_roles where rolcanlogin order by 1");
    expect(roles).to.deep.equal([
      { rolname: "postgres", rolsuper: true },
      { rolname: "wallet_owner", rolsuper: false },
      { rolname: "wallet_service", rolsuper: false },
    ]);
  });

  it("keeps its passwords to itself and lets nobody in without one", async () => {
    const { url } = await start({ dataDir });
    expect((await stat(join(dataDir, "credentials.json"))).mode & 0o777).to.equal(0o600);
    expect((await stat(dataDir)).mode & 0o007).to.equal(0);
    expect((await stat(join(dataDir, "postgres"))).mode & 0o777).to.equal(0o700);
    const hba = await readFile(join(dataDir, "postgres", "pg_hba.conf"), "utf8");
    const methods = hba
      .split("\n")
      .filter((line) => /^(local|host)/.test(line))
      .map((line) => line.split(/\s+/).at(-1));
    expect(new Set(methods)).to.deep.equal(new Set(["scram-sha-256"]));
    const wrong = url.replace(/:[^:@]+@/, ":password@");
    expect((await failureOf(query(wrong, "select 1"))).message).to.match(/password authentication failed/);
    for (const user of ["wallet_owner", "postgres"]) {
      const none = url.replace(/\/\/[^@]+@/, `//${user}@`);
      expect((await failureOf(query(none, "select 1"))).message).to.match(/password/);
    }
  });

  it("refuses a second start on a live data directory and names the process", async () => {
    const { url } = await start({ dataDir });
    const failure = await failureOf(start({ dataDir }));
    expect(failure).to.be.instanceOf(EmbeddedError);
    expect(failure.message)
      .to.include(`${dataDir} is in use by process ${process.pid}`)
      .and.include("WALLET_DATA_DIR");
    expect(await query(url, "select 1 as one")).to.deep.equal([{ one: 1 }]);
  });

  it("lets exactly one of many simultaneous starts have the data directory, also over a dead one's lock", async () => {
    await (await start({ dataDir })).stop();
    const dead = { pid: 999_999_999, startTime: "never", nonce: "00000000-0000-4000-8000-000000000000" };
    await writeFile(join(dataDir, "service.lock"), `${JSON.stringify(dead)}\n`);
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => start({ dataDir })));
    const failures = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [String(outcome.reason)] : [],
    );
    expect(failures).to.have.length(7);
    for (const failure of failures) expect(failure).to.include(`in use by process ${process.pid}`);
  });

  it("is not fooled by a lock and a server pid that another process has by now", async () => {
    await (await start({ dataDir })).stop();
    const reused = { pid: process.pid, startTime: "earlier", nonce: "00000000-0000-4000-8000-000000000000" };
    await writeFile(join(dataDir, "service.lock"), `${JSON.stringify(reused)}\n`);
    await writeFile(
      join(dataDir, "postgres", "postmaster.pid"),
      `${process.ppid}\n${dataDir}/postgres\n1\n1\n`,
    );
    await start({ dataDir });
  });

  it("says so when another major version of PostgreSQL made the data", async () => {
    await (await start({ dataDir })).stop();
    const marker = join(dataDir, "postgres", "PG_VERSION");
    await writeFile(marker, "17\n");
    const failure = await failureOf(start({ dataDir }));
    expect(failure).to.be.instanceOf(EmbeddedError);
    expect(failure.message).to.match(/made by PostgreSQL 17, and this service brings PostgreSQL 18/);
    await rm(marker);
    expect((await failureOf(start({ dataDir }))).message).to.match(/is not a PostgreSQL data directory/);
    const { uid, gid } = await stat(join(dataDir, "postgres"));
    await writeFile(marker, "18\n");
    await chown(marker, uid, gid);
  });

  it("says which file is missing when the passwords are gone", async () => {
    await (await start({ dataDir })).stop();
    const passwords = join(dataDir, "credentials.json");
    await rename(passwords, `${passwords}.away`);
    expect((await failureOf(start({ dataDir }))).message).to.include(passwords);
    await rename(`${passwords}.away`, passwords);
  });

  it("repeats PostgreSQL's own words when it cannot start, and gives the directory free", async () => {
    const failure = await failureOf(start({ dataDir, settings: { shared_buffers: "much" } }));
    expect(failure).to.be.instanceOf(EmbeddedError);
    expect(failure.message).to.match(/invalid value for parameter "shared_buffers": "much"/);
    await start({ dataDir });
  });

  it("ends a start that is aborted, at any stage, and leaves nothing running", async () => {
    const dataDir = newDataDir();
    for (const stage of [/creating configuration files/, /starting PostgreSQL/, /ready to accept/]) {
      const abort = new AbortController();
      const log = (line: string): void => {
        if (stage.test(line)) abort.abort();
      };
      const failure = await failureOf(start({ dataDir, log, signal: abort.signal }));
      expect(failure.name).to.equal("AbortError");
      expect(await processesNaming(dataDir)).to.deep.equal([]);
      expect(await readdir(dataDir)).not.to.include("service.lock");
    }
    await start({ dataDir });
  });

  it("tells when the server ends by itself, and can then be started again", async () => {
    const first = await start({ dataDir });
    process.kill(
      Number((await readFile(join(dataDir, "postgres", "postmaster.pid"), "utf8")).split("\n")[0]),
      "SIGKILL",
    );
    await first.exited;
    await first.stop();
    await start({ dataDir });
  });

  it("stops the server even when the guard was killed", async () => {
    const database = await start({ dataDir });
    const guard = (await processesNaming(dataDir)).find((line) => line.includes("wallet-guard"));
    process.kill(Number.parseInt(guard ?? "", 10), "SIGKILL");
    await database.exited;
    await database.stop();
    const servers = (await processesNaming(dataDir)).filter((line) => !line.includes("wallet-guard"));
    expect(servers).to.deep.equal([]);
  });

  it("makes temporary databases that vanish when they stop", async () => {
    const database = await startTemporary({ settings: { fsync: "off" } });
    expect(await query(database.superuserUrl, "show fsync")).to.deep.equal([{ fsync: "off" }]);
    await database.stop();
    expect(await lstat(database.dataDir).catch(() => "gone")).to.equal("gone");
  });
});
