import type { ListenerTls } from "../tls/listener-tls.js";
import type { RefusedConnection } from "../tls/refused-connections.js";
import type { Connections } from "./connections.js";

/** How a listener takes connections, and whom it tells of those that it could not take. */
export interface ConnectionOptions {
  /** Null: in the clear. */
  readonly tls: ListenerTls | null;
  /** Those that are open, within their limits. */
  readonly connections: Connections;
  readonly refused: (connection: RefusedConnection) => void;
}
