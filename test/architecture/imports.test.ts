import { expect } from "chai";
import { circles, importRules, importViolations, partOf } from "./import-rules.js";
import { importsOf, type Source, sourcesIn } from "./source.js";

const service = sourcesIn(["src", "migrations"]);

describe("the import rules", () => {
  it("are kept by every file of the service", () => {
    expect(importViolations(service)).to.deep.equal([]);
  });

  it("let no two folders import each other, not even in a circle", () => {
    expect(circles(service, partOf)).to.deep.equal([]);
  });

  it("let no files import each other in a circle", () => {
    expect(circles(service, (path) => path)).to.deep.equal([]);
  });

  it("leave typeorm to db and the migrations, and pg to db and the embedded database", () => {
    const mayUse = (name: string) => partsThatMayUse(name).sort();
    expect(mayUse("typeorm")).to.deep.equal(["db", "migrations"]);
    expect(mayUse("pg")).to.deep.equal(["db", "embedded"]);
  });

  it("keep the model of the random histories from all of the service but the generated contract", () => {
    const imports = sourcesIn(["test/model"]).flatMap((source) => importsOf(source));
    const foreign = imports.filter(
      (name) => /^(src|migrations)\//.test(name) && !name.startsWith("src/gen/"),
    );
    expect(imports.some((name) => name.startsWith("src/gen/"))).to.equal(true);
    expect(foreign).to.deep.equal([]);
  });

  it("leave gRPC to rpc, and Connect to rpc, to the client and to a console that is one more client", () => {
    expect(partsThatMayUse("@grpc/")).to.deep.equal(["rpc"]);
    expect(partsThatMayUse("@connectrpc/").sort()).to.deep.equal(["client", "console", "rpc"]);
  });
});

describe("the checker of the import rules", () => {
  const file = (path: string, text: string): Source => ({ path, text });

  it("sees every form of import", () => {
    const text = `import "a";\nimport b from "b";\nimport type { C } from "c";\nimport {\n  d,\n  e as f,\n} from 'd';
import * as g from "../ledger/g.js";\nexport { h } from "./h.js";\nexport * from "i";\nconst j = await import("j");`;
    expect(importsOf(file("src/db/x.ts", text)).sort()).to.deep.equal(
      ["a", "b", "c", "d", "src/ledger/g.ts", "src/db/h.ts", "i", "j"].sort(),
    );
  });

  it("is not misled by text that looks like an import", () => {
    const text = `export const name = "pg";\nexport const sql = \`select * from "pg"\`;\n// See import "x" from there.`;
    expect(importsOf(file("src/db/x.ts", text))).to.deep.equal([]);
  });

  it("reports a package, a folder and a file that are not allowed", () => {
    const found = importViolations([
      file("src/ledger/bad.ts", 'import { DataSource } from "typeorm";'),
      file("src/engine/bad.ts", 'import { create } from "../gen/wallet/v1/money_pb.js";'),
      file("src/rpc/bad.ts", 'import { lockStatements } from "../db/locks.js";'),
      file("src/utils/bad.ts", ""),
    ]);
    expect(found).to.deep.equal([
      "src/ledger/bad.ts: ledger may not import typeorm",
      "src/engine/bad.ts: engine may not import src/gen/wallet/v1/money_pb.ts",
      "src/rpc/bad.ts: rpc may not import src/db/locks.ts",
      "src/utils/bad.ts: there is no import rule for utils",
    ]);
  });

  it("reports a circle", () => {
    const sources = [
      file("src/engine/a.ts", 'import "../db/b.js";'),
      file("src/db/b.ts", 'import "../ledger/c.js";'),
      file("src/ledger/c.ts", 'import "../engine/a.js";'),
    ];
    expect(circles(sources, partOf)).to.deep.equal(["engine -> db -> ledger -> engine"]);
  });
});

function partsThatMayUse(name: string): string[] {
  return Object.entries(importRules)
    .filter(([, { packages }]) => packages.includes(name))
    .map(([part]) => part);
}
