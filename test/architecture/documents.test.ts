import { readFileSync } from "node:fs";
import { expect } from "chai";
import { Code } from "../../src/gen/google/rpc/code_pb.js";
import { allReasons, isRecorded } from "../../src/ledger/reason.js";
import { codeOf } from "../../src/rpc/pipeline/status.js";
import { version } from "../../src/version.js";
import { codeSpans, rowsOf, sectionOf } from "../support/markdown.js";
import { importRules } from "./import-rules.js";
import { servedRpcs } from "./served.js";

const readme = readFileSync("README.md", "utf8");
const architecture = readFileSync("ARCHITECTURE.md", "utf8");
const config = ["src/config.ts", "src/config-limits.ts"].map((path) => readFileSync(path, "utf8")).join("\n");

describe("README.md", () => {
  it("names every variable that the configuration reads, and no other", () => {
    const read = config.match(/^ {2}[A-Z][A-Z_]+(?=: )|(?<=[[ ]")[A-Z]+_[A-Z_]+(?="[,\]])/gm) ?? [];
    const section = sectionOf(readme, "## Configuration");
    const named = section.match(/(?<=`)[A-Z]+_?[A-Z_]*(?=`)/g) ?? [];
    expect([...new Set(named)].sort()).to.deep.equal([...new Set(read.map((name) => name.trim()))].sort());
  });

  it("gives each variable that works a row of the table", () => {
    const working = (config.match(/^ {2}[A-Z][A-Z_]+(?=: )/gm) ?? []).map((name) => name.trim());
    const rows = rowsOf(sectionOf(readme, "## Configuration")).flatMap(([variables]) => codeSpans(variables));
    expect(rows.sort()).to.deep.equal(working.sort());
  });

  it("says of every reason which code it has and whether it is recorded", () => {
    const documented = rowsOf(sectionOf(readme, "## Errors")).flatMap(([code, reasons, recorded]) =>
      codeSpans(reasons).map((reason) => [reason, codeSpans(code)[0], recorded?.startsWith("yes")]),
    );
    const actual = allReasons.map((reason) => [reason, Code[codeOf[reason]], isRecorded(reason)]);
    expect(documented.sort()).to.deep.equal(actual.sort());
  });

  it("lists every RPC that answers, and no other", () => {
    const listed = rowsOf(sectionOf(readme, "## What it serves")).flatMap(([, rpcs]) => codeSpans(rpcs));
    expect(listed.sort()).to.deep.equal(servedRpcs().sort());
  });

  it("names only scripts that package.json has", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
    const named = [...readme.matchAll(/npm (?:run (?:-s )?)?(start|test|(?<=run (?:-s )?)[\w:]+)/g)];
    expect(named.length).to.be.greaterThan(3);
    for (const [, name] of named) expect(scripts, `npm run ${name}`).to.have.property(name ?? "");
  });
});

describe("ARCHITECTURE.md", () => {
  it("has a row for every folder of the service, and every such folder has an import rule", () => {
    const rows = rowsOf(sectionOf(architecture, "## Folders")).flatMap(([folder]) => codeSpans(folder));
    const folders = rows.map((name) => name.replace(/^src\/|\/$/g, ""));
    const served = [
      ...["ledger", "db", "engine", "events", "rpc", "metrics", "tracing", "client", "embedded", "gen"],
      ...["migrations", "recovery", "commands"],
    ];
    for (const folder of served) {
      expect(folders).to.include(folder);
      expect(importRules).to.have.property(folder);
    }
  });

  it("fits on a page and a half", () => {
    expect(architecture.split("\n").length).to.be.lessThan(120);
  });
});

describe("package.json", () => {
  it("has the version that the service says it is", () => {
    expect(JSON.parse(readFileSync("package.json", "utf8")).version).to.equal(version);
  });
});

describe("the documents", () => {
  it("name no path of one machine and no registry", () => {
    const local = /\/(?:root|home|work|tmp|Users)\/|https?:\/\/registry\./;
    const documents = [
      "README.md",
      "ARCHITECTURE.md",
      "CHANGELOG.md",
      "docs/client.md",
      "docs/operations.md",
      "docs/performance.md",
      "docs/recovery.md",
      "deploy/point-in-time-recovery.md",
      "docs/anomalies.md",
      "docs/tamper-evidence.md",
      "package-lock.json",
      ".npmrc",
    ];
    for (const path of documents) expect(readFileSync(path, "utf8"), path).not.to.match(local);
  });
});
