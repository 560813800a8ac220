import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type EmbeddedOptions, startEmbedded } from "../../src/embedded/embedded.js";
import { names, roleUrl } from "../../src/embedded/roles.js";
import { removeDataDir } from "../../src/embedded/temporary.js";
import { onServer } from "../support/postgres.js";

const file = "deploy/postgresql.conf";

describe("the settings for PostgreSQL in production", () => {
  const dataDir = join(tmpdir(), `wallet-${randomUUID()}`);

  after(() => removeDataDir(dataDir));

  it("are accepted by the version that is embedded, each of them, and trade no durability", async () => {
    const text = await readFile(file, "utf8");
    const set = settingsOf(text);
    await withServer({ dataDir }, async (ask) => {
      const [row] = await ask<{ folder: string }>("select current_setting('data_directory') as folder");
      const folder = row?.folder ?? "";
      await writeFile(join(folder, "wallet.conf"), text);
      const own = join(folder, "postgresql.conf");
      await writeFile(own, `${await readFile(own, "utf8")}\ninclude = 'wallet.conf'\n`);
    });
    // The embedded server has these on its command line, where a file cannot change them.
    const settings = pick(set, ["shared_buffers", "max_connections"]);
    await withServer({ dataDir, settings }, async (ask) => {
      const rows = await ask<{ name: string; error: string | null }>(
        "select name, error from pg_file_settings where sourcefile like '%/wallet.conf' order by seqno",
      );
      expect(rows).to.deep.equal([...set.keys()].map((name) => ({ name, error: null })));
      const [library] = await ask("show shared_preload_libraries");
      expect(library).to.deep.equal({ shared_preload_libraries: "pg_stat_statements" });
      await ask("create extension pg_stat_statements");
    });
    for (const name of ["fsync", "synchronous_commit", "full_page_writes"])
      expect(set.get(name), name).to.equal("on");
  }).timeout(60_000);

  it("have a reason each, in a comment above them", async () => {
    const blocks = (await readFile(file, "utf8")).split("\n\n").filter((block) => /^[a-z]/m.test(block));
    expect(blocks.filter((block) => !block.startsWith("# "))).to.deep.equal([]);
  });
});

function settingsOf(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/^([a-z_.]+) = (.+)$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
}

function pick(set: ReadonlyMap<string, string>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, set.get(name) ?? ""]));
}

type Ask = <Row extends object>(sql: string) => Promise<Row[]>;

async function withServer(options: EmbeddedOptions, use: (ask: Ask) => Promise<void>): Promise<void> {
  const server = await startEmbedded(options);
  try {
    const credentials = await readFile(join(options.dataDir, "credentials.json"), "utf8");
    const password = /"superuser": "([\w-]+)"/.exec(credentials)?.[1] ?? "";
    const url = roleUrl(server.port, names.superuser, password, "postgres");
    await use((sql) => onServer(url, sql));
  } finally {
    await server.stop();
  }
}
