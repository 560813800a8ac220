import { expect } from "chai";
import { testDatabase } from "../support/postgres.js";
import { endChildren, freePorts, program, secret } from "./support.js";

// Starts and stops the service in a process of its own, and prints which packages of OpenTelemetry it has loaded.
const loaded = `
  import { createRequire } from "node:module";
  const { openApp } = await import("./src/app.ts");
  const { readConfig } = await import("./src/config.ts");
  const { createLog } = await import("./src/log.ts");
  const { signal } = new AbortController();
  const background = { sweeper: null, queue: null, anomalies: null, integrity: null };
  const options = { log: createLog({ level: "silent" }), migrate: false, ...background, signal };
  const app = await openApp(readConfig(process.env), options);
  await app.close();
  const packages = Object.keys(createRequire(import.meta.url).cache)
    .map((path) => /@opentelemetry\\/([\\w-]+)/.exec(path)?.[1])
    .filter((name) => name !== undefined);
  process.stdout.write(JSON.stringify([...new Set(packages)]));
  process.exit(0);
`;

describe("the export of traces", function () {
  this.timeout(60_000);
  afterEach(endChildren);

  async function packagesLoaded(env: Record<string, string>): Promise<string[]> {
    const { url: DATABASE_URL } = await testDatabase();
    const { code, stdout, stderr } = await program(["--input-type=module", "--eval", loaded], {
      ...{ ...freePorts, HOST: "127.0.0.1", DATABASE_URL, JWT_SECRET: secret },
      ...env,
    });
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout);
  }

  it("loads nothing of its SDK unless there is somewhere to export to", async () => {
    // The interfaces come with prom-client, which asks them for the trace of an exemplar.
    expect(await packagesLoaded({ OTEL_SERVICE_NAME: "wallet" })).to.deep.equal(["api"]);
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" };
    expect(await packagesLoaded(endpoint)).to.include.members(["sdk-trace-base", "exporter-trace-otlp-http"]);
  });
});
