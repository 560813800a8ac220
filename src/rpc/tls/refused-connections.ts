import type { Logger } from "pino";
import type { Metrics } from "../../metrics.js";
import { boundedLines } from "../access/bounded-lines.js";

/** A connection that ended before anything could be asked over it. */
export interface RefusedConnection {
  readonly listener: "grpc" | "http" | "metrics";
  /**
   * What was wrong, as OpenSSL, Node.js or its HTTP parser names it, for example `CERT_HAS_EXPIRED`; or the variable of
   * the limit that it was over.
   */
  readonly problem: string;
  /** The address of the other end. */
  readonly peer: string;
}

/** Counts the connections that could not be taken, and says who they came from, a few times a minute. */
export function refusedConnections(log: Logger, metrics: Metrics): (connection: RefusedConnection) => void {
  const write = boundedLines((line) => log.warn(line, "a connection was refused"));
  return (connection) => {
    const { listener, problem } = connection;
    metrics.connectionsRefused.inc({ listener, problem });
    write(connection);
  };
}
