import { expect } from "chai";
import { codeOf, type Source, sourcesIn } from "./source.js";
import { repeated, titlesOf, touchesProcess, untidiness } from "./tidiness.js";

const service = sourcesIn(["src", "migrations"]);
const tests = sourcesIn(["test"]);
// These two spell out what they look for.
const checkers = ["test/architecture/tidiness.ts", "test/architecture/tidy.test.ts"];
const programs = sourcesIn(["demo", "bench", "deploy"]);

describe("the files", () => {
  it("are short, finished, typed, and silence no check", () => {
    const files = [...service, ...tests, ...programs].filter(({ path }) => !checkers.includes(path));
    expect(files.flatMap(untidiness)).to.deep.equal([]);
  });

  it("have protocol buffers of at most 700 lines, with nothing left to do", () => {
    const findings = sourcesIn(["proto"], ".proto").filter(
      ({ text }) => text.split("\n").length > 700 || /\b(TODO|FIXME)\b/.test(text),
    );
    expect(findings.map(({ path }) => path)).to.deep.equal([]);
  });

  it("touch the process in main.ts only, and for the embedded database in its host.ts", () => {
    const found = service.filter(touchesProcess).map(({ path }) => path);
    expect(found).to.deep.equal(["src/embedded/host.ts", "src/main.ts"]);
  });

  it("hold SQL in db and the migrations only, and for the roles of the embedded database in its roles.ts", () => {
    const sql = /["'`]\s*(?:select|insert into|update|delete from|create|alter|drop|lock table)\s+[a-z*("$]/;
    const found = service.filter(({ text }) => sql.test(codeOf(text))).map(({ path }) => path);
    const elsewhere = found.filter((path) => !/^(migrations|src\/db)\//.test(path));
    expect(elsewhere).to.deep.equal(["src/embedded/roles.ts"]);
  });
});

describe("the tests", () => {
  it("have a title that no other test has", () => {
    expect(repeated(tests.flatMap(titlesOf))).to.deep.equal([]);
  });
});

describe("the checker of the files", () => {
  const file = (text: string): Source => ({ path: "src/x.ts", text });

  it("reports what is too long, unfinished, untyped, silenced or skipped", () => {
    const bad = [
      "\n".repeat(301),
      "// TODO later",
      "const a = b as any;",
      "// biome-ignore lint: no",
      'it.only("x")',
    ];
    for (const text of bad) expect(untidiness(file(text)), text).to.have.lengthOf(1);
    expect(untidiness(file("const anything: unknown = 1; // any will do"))).to.deep.equal([]);
  });

  it("tells the global process from a variable of that name", () => {
    expect(touchesProcess(file("export const port = process.env.PORT;"))).to.equal(true);
    expect(touchesProcess(file('import { env } from "node:process";'))).to.equal(true);
    expect(touchesProcess(file("const { port, process } = server; process.stop();"))).to.equal(false);
    expect(touchesProcess(file("server.process.stop(); // not process.exit()"))).to.equal(false);
  });

  it("finds two tests of one title, but not in different suites", () => {
    const suite = (name: string) => `describe("${name}", () => {\n  it("works", () => {});\n});\n`;
    expect(repeated(titlesOf(file(suite("a") + suite("b"))))).to.deep.equal([]);
    expect(repeated(titlesOf(file(suite("a") + suite("a"))))).to.deep.equal(["a works"]);
  });
});
