import { chmod, cp, mkdir, mkdtemp, readlink, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import type { Account } from "../../src/embedded/account.js";
import { findBinaries } from "../../src/embedded/binaries.js";
import { startEmbedded } from "../../src/embedded/embedded.js";
import { recordedHome } from "../../src/embedded/home.js";
import { cleanUp, failureOf, newDataDir, query } from "./support.js";

describe("the embedded database, as root", () => {
  let closed: string; // Like the home folder of root: mode 0700.

  before(function () {
    if (process.getuid?.() !== 0) this.skip();
  });

  beforeEach(async () => {
    closed = await mkdtemp(join(tmpdir(), "wallet-home-"));
  });

  afterEach(async () => {
    await cleanUp();
    await rm(closed, { recursive: true, force: true });
  });

  it("keeps the cluster elsewhere when its user cannot reach the data directory, over a restart", async () => {
    const dataDir = newDataDir(closed);
    const first = await startEmbedded({ dataDir });
    await query(first.ownerUrl, "create table kept as select 42 as answer");
    await first.stop();
    const cluster = await readlink(join(dataDir, "postgres"));
    expect(dirname(cluster)).to.equal(await recordedHome(dataDir));
    const { uid, mode } = await stat(cluster);
    expect({ root: uid === 0, mode: mode & 0o777 }).to.deep.equal({ root: false, mode: 0o700 });
    expect((await stat(closed)).mode & 0o777).to.equal(0o700);

    const second = await startEmbedded({ dataDir });
    expect(await query(second.ownerUrl, "select answer from kept")).to.deep.equal([{ answer: 42 }]);
    await second.stop();

    // Somebody copied the folder: two services would share one cluster, each with a lock of its own.
    const copy = newDataDir(closed);
    await cp(dataDir, copy, { recursive: true, verbatimSymlinks: true });
    expect((await failureOf(startEmbedded({ dataDir: copy }))).message).to.include(`is a copy of ${dataDir}`);

    // The cluster is lost: an empty ledger in its place would be worse than no service.
    await rm(cluster, { recursive: true });
    expect((await failureOf(startEmbedded({ dataDir }))).message).to.include(
      `was in ${cluster}, and is gone`,
    );
  });

  it("moves the cluster along when the data directory was moved out of its user's reach", async () => {
    const before = newDataDir();
    const first = await startEmbedded({ dataDir: before });
    await query(first.ownerUrl, "create table kept as select 42 as answer");
    await first.stop();
    const after = newDataDir(closed);
    await rename(before, after);
    const second = await startEmbedded({ dataDir: after });
    expect(await query(second.ownerUrl, "select answer from kept")).to.deep.equal([{ answer: 42 }]);
    await second.stop();
  });

  it("leaves the modes of folders that it did not make alone", async () => {
    const dataDir = newDataDir();
    await mkdir(dataDir, { mode: 0o755 });
    await chmod(dataDir, 0o755);
    await (await startEmbedded({ dataDir })).stop();
    expect((await stat(dataDir)).mode & 0o777).to.equal(0o755);
    expect(await recordedHome(dataDir)).to.equal(undefined);
  });

  it("finds programs that its user can run", async () => {
    const nobody: Account = { uid: 65_534, gid: 65_534 };
    // Where that user cannot reach this checkout, the programs are copied to here.
    const shared = await mkdtemp(join(tmpdir(), "programs-"));
    await chmod(shared, 0o755);
    try {
      const { postgres, major } = await findBinaries(nobody, async () => shared);
      expect(major).to.equal("18");
      expect((await stat(postgres)).isFile()).to.equal(true);
    } finally {
      await rm(shared, { recursive: true });
    }
  });
});
