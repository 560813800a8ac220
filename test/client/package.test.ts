import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { expectSound, startApp, type TestApp } from "../support/app.js";
import { givenAsset, givenFunds, givenHolder } from "../support/given.js";

interface Manifest {
  readonly files: readonly string[];
  readonly exports: { readonly "./client": Readonly<Record<"types" | "default", string>> };
  readonly scripts: { readonly build: string };
}

const run = promisify(execFile);
const tsc = (...args: string[]) => run(process.execPath, ["node_modules/typescript/bin/tsc", ...args]);

/** The package as `npm run build` makes it, in a folder of its own. */
const folder = "dist/package";

describe("the package", function () {
  this.timeout(180_000);
  let app: TestApp;
  let manifest: Manifest;

  before(async () => {
    manifest = JSON.parse(await readFile("package.json", "utf8"));
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await copyFile("package.json", `${folder}/package.json`);
    for (const step of manifest.scripts.build.split(" && ")) {
      await tsc(...step.split(" ").slice(1), "--outDir", `${folder}/dist`);
    }
    app = await startApp();
    await givenAsset(app, "gold_coins");
    for (const id of ["alice", "bob"]) await givenHolder(app, id);
    await givenFunds(app, "alice", "gold_coins", 1_000n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  it("has the client and its types where its exports say, among the files that are published", async () => {
    for (const path of Object.values(manifest.exports["./client"])) {
      expect((await stat(`${folder}/${path}`)).isFile(), path).to.equal(true);
      expect(
        manifest.files.some((published) => path.startsWith(`./${published}/`)),
        path,
      ).to.equal(true);
    }
  });

  it("compiles and runs the examples of docs/client.md", async () => {
    const page = await readFile("docs/client.md", "utf8");
    const code = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block]) => block).join("\n");
    await writeFile(
      `${folder}/examples.ts`,
      code
        .replaceAll("localhost:50051", `127.0.0.1:${app.app.grpcPort}`)
        .replaceAll("localhost:8080", `127.0.0.1:${app.app.httpPort}`),
    );
    const strict = ["--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "--types", "node"];
    const target = ["--target", "es2023", "--module", "nodenext", "--ignoreConfig"];
    await tsc(...strict, ...target, `${folder}/examples.ts`);
    const { stdout, stderr } = await run(process.execPath, [`${folder}/examples.js`], {
      env: { TOKEN: await app.token("service") },
    });
    expect(stderr).to.equal("");
    expect(stdout.trim().split("\n")).to.deep.equal([
      "gold_coins 0",
      "TRANSFER 975n",
      "false true",
      "999975 short",
      "25n",
      "paid",
      "moved 482n",
    ]);
  });
});
