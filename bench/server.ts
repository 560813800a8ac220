import { type Service, startService } from "../test/support/service.js";

/** The service itself, as `npm start` runs it. */
export const serviceProgram: readonly string[] = ["dist/src/main.js", "serve"];

/**
 * Starts a compiled server on a database, to be measured. It does not check its ledger by itself: a service does so right
 * after it starts, which would run beside the load.
 */
export function startServer(
  url: string,
  { program = serviceProgram, env }: { program?: readonly string[]; env?: Record<string, string> } = {},
): Promise<Service> {
  const own = { DATABASE_URL: url, HOST: "127.0.0.1", LOG_LEVEL: "error", INTEGRITY_INTERVAL_HOURS: "0" };
  return startService({ env: { ...own, ...env }, program });
}
