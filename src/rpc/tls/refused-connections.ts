import type { Logger } from "pino";
import type { Metrics } from "../../metrics.js";
import { boundedLines } from "../access/bounded-lines.js";
import type { ConnectionOptions } from "./listener-tls.js";

/** Counts the connections that could not be taken, and says who they came from, a few times a minute. */
export function refusedConnections(log: Logger, metrics: Metrics): ConnectionOptions["refused"] {
  const write = boundedLines((line) => log.warn(line, "a connection was refused"));
  return (connection) => {
    const { listener, problem } = connection;
    metrics.connectionsRefused.inc({ listener, problem });
    write(connection);
  };
}
