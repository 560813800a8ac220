/** The variable that configures a port. */
export type PortVariable = "GRPC_PORT" | "HTTP_PORT" | "METRICS_PORT";

/** Where a listener listens. */
export interface Address {
  /** The address of the interface, for example `127.0.0.1`. */
  host: string;
  /** The port; 0 picks a free one. */
  port: number;
}

/** A listener could not have its port. The message names the port and the variable that chooses it. */
export class PortError extends Error {
  override name = "PortError";
  readonly variable: PortVariable;
  readonly port: number;

  constructor(variable: PortVariable, { host, port }: Address, cause: unknown) {
    super(`port ${port} on ${host} ${problemOf(cause)}; choose another with ${variable}`, { cause });
    this.variable = variable;
    this.port = port;
  }
}

// The message of a system error names its code.
function problemOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (text.includes("EADDRINUSE")) return "is already in use";
  if (text.includes("EACCES")) return "may not be used by this user";
  if (text.includes("EADDRNOTAVAIL")) return "cannot be used: the address is not this machine's";
  return `cannot be used (${text})`;
}
