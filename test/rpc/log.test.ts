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
});
