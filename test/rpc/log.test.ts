import { Writable } from "node:stream";
import { expect } from "chai";
import { createLog } from "../../src/log.js";

function linesOf(write: (log: ReturnType<typeof createLog>) => void): string {
  let text = "";
  const destination = new Writable({
    write(line, _, done) {
      text += String(line);
      done();
    },
  });
  write(createLog({ level: "info", destination }));
  return text;
}

describe("the log", () => {
  it("masks headers, tokens, secrets and database URLs", () => {
    const text = linesOf((log) =>
      log.info(
        {
          headers: { authorization: "Bearer hidden" },
          config: { jwtSecret: "hidden", databaseUrl: "hidden" },
        },
        "x",
      ),
    );
    expect(text).to.include("[redacted]").and.not.include("hidden");
  });

  it("masks passwords and tokens within errors and their causes", () => {
    const cause = new Error("token eyJhbGciOi.eyJzdWIiOi.c2ln");
    const text = linesOf((log) =>
      log.error({ err: new Error("redis://:hidden@cache is down", { cause }) }, "x"),
    );
    expect(text)
      .to.include("redis://:[redacted]@cache is down")
      .and.not.include("hidden")
      .and.not.include("eyJzdWIi");
  });

  it("masks cookies and private keys, by name wherever they are in an error", () => {
    const nested = { config: { tls: { privateKey: "hidden" }, headers: { "set-cookie": "hidden" } } };
    const text = linesOf((log) => {
      log.info({ headers: { cookie: "hidden", "set-cookie": ["hidden"] } }, "x");
      log.error({ err: Object.assign(new Error("x"), nested) }, "x");
    });
    expect(text.match(/\[redacted\]/g)).to.have.lengthOf(4);
    expect(text).not.to.include("hidden");
  });

  it("masks passwords and tokens within messages, whatever the password holds", () => {
    for (const password of ["hidden", "hid/den", "hid@den", "hid:den", "hid%2Fden?x"]) {
      const text = linesOf((log) =>
        log.warn(`no answer from postgresql://me:${password}@db:5432/wallet yet`),
      );
      expect(text).to.include("postgresql://me:[redacted]@db:5432/wallet yet");
    }
    expect(linesOf((log) => log.warn({}, "sent eyJhbGciOi.eyJzdWIiOi.c2ln"))).to.include("sent [redacted]");
  });

  it("leaves out the values that the driver puts into its errors", () => {
    const err = Object.assign(new Error("duplicate key"), {
      code: "23505",
      detail: "Key (email)=(hidden@example.com) already exists.",
      parameters: ["hidden"],
      query: "insert into holders (id) values ($1)",
    });
    const text = linesOf((log) => log.error({ err }, "x"));
    expect(text).to.include("23505").and.to.include("insert into holders").and.not.include("hidden");
  });
});
