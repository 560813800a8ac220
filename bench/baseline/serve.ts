// The baseline in a process of its own: the service's listeners, pipeline and handlers, with another engine behind
// them. `serve.ts <connections>`; the rest of its configuration is the service's own.
import { readConfig } from "../../src/config.js";
import { defaultEngineLimits } from "../../src/engine/limits.js";
import { tokenKeysOf } from "../../src/jwt-keys.js";
import { createLog } from "../../src/log.js";
import { createMetrics } from "../../src/metrics.js";
import { openAuthenticator } from "../../src/rpc/access/authenticate.js";
import { openCallLimits } from "../../src/rpc/limits/call-limits.js";
import { movementHandlers } from "../../src/rpc/movements.js";
import { startListeners } from "../../src/rpc/transport/listeners.js";
import { openBaselineDatabase } from "./database.js";
import { OneByOne } from "./one-by-one.js";

const config = readConfig(process.env);
const log = createLog({ level: config.logLevel });
const metrics = createMetrics();
const database = await openBaselineDatabase(config.databaseUrl ?? "", Number(process.argv[2]));
const listeners = await startListeners({
  host: config.host,
  grpcPort: config.grpcPort,
  httpPort: config.httpPort,
  metricsPort: config.metricsPort,
  handlers: { wallet: movementHandlers(new OneByOne(database, defaultEngineLimits)), admin: {} },
  authenticate: await openAuthenticator({
    keys: await tokenKeysOf(config),
    issuer: config.jwtIssuer,
    audience: config.jwtAudience,
  }),
  limits: await openCallLimits(config, { log, metrics }),
  connectionLimits: config.connectionLimits,
  ready: async () => [],
  // Every call of the load is a movement that is made, and has its entry in its transaction.
  audit: { add: () => {}, assertRoom: () => {} },
  log,
  metrics,
});
process.on("SIGTERM", async () => {
  await listeners.drain(5_000);
  await database.writer.destroy();
  process.exit(0);
});
console.log(`  gRPC      127.0.0.1:${listeners.grpcPort}`);
console.log(`  metrics   http://127.0.0.1:${listeners.metricsPort}/metrics`);
