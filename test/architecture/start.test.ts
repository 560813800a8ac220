import { readFileSync } from "node:fs";
import { expect } from "chai";
import { nodeOptions } from "../support/service.js";

describe("the container", () => {
  it("runs Node.js with the options of npm start", () => {
    const dockerfile = readFileSync("Dockerfile", "utf8");
    const [, line = ""] = /^ENTRYPOINT (.+)$/m.exec(dockerfile) ?? [];
    const [, variable = ""] = /^ENV NODE_OPTIONS="(.+)"$/m.exec(dockerfile) ?? [];
    const inEntrypoint = (JSON.parse(line) as string[]).slice(1, -1);
    expect([...inEntrypoint, ...variable.split(" ")]).to.deep.equal(nodeOptions());
  });

  it("is asked for its health on the port that never speaks TLS", () => {
    const [, check = ""] = /^HEALTHCHECK .+\n +CMD (.+)$/m.exec(readFileSync("Dockerfile", "utf8")) ?? [];
    expect(check).to.match(
      /fetch\(`http:\/\/127\.0\.0\.1:\$\{process\.env\.METRICS_PORT \|\| 9464\}\/readyz`\)/,
    );
  });
});
