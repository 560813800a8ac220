import type { Server } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";
import { services } from "../pipeline/rpc.js";

/** The `grpc.health.v1` service. Needs no token. */
export interface Health {
  /** Reports every service as `NOT_SERVING` from now on, also to those who watch. */
  stopServing(): void;
}

// The empty name stands for the server as a whole.
const names = ["", ...services.map(({ typeName }) => typeName)];

/** Adds the health service to a server, with everything `SERVING`. */
export function addHealth(server: Server): Health {
  const health = new HealthImplementation(
    Object.fromEntries(names.map((name) => [name, "SERVING" as const])),
  );
  health.addToServer(server);
  return {
    stopServing() {
      for (const name of names) health.setStatus(name, "NOT_SERVING");
    },
  };
}
