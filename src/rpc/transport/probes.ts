import type { ServerResponse } from "node:http";
import type { Pipeline } from "../pipeline/run-call.js";
import { respondJson } from "./respond-json.js";

/** Says what keeps the service from serving, one sentence each; empty when it is ready. */
export type Ready = () => Promise<string[]>;

/** Answers a path that is a probe, and says whether it is one. */
export type Probes = (path: string, response: ServerResponse) => boolean;

/** Serves `/healthz`, whether the process runs, and `/readyz`, whether it can serve calls. */
export function serveProbes(pipeline: Pick<Pipeline, "drain" | "log">, ready: Ready): Probes {
  return (path, response) => {
    if (path === "/healthz") respondJson(response, 200, { status: "ok" });
    else if (path === "/readyz") respondReadiness(response, pipeline, ready);
    else return false;
    return true;
  };
}

function respondReadiness(
  response: ServerResponse,
  { drain, log }: Pick<Pipeline, "drain" | "log">,
  ready: Ready,
): void {
  const problems = drain.draining ? Promise.resolve(["the service is shutting down"]) : ready();
  problems.then(
    (found) => respondProblems(response, found),
    (err: unknown) => {
      log.error({ err }, "readiness could not be determined");
      respondProblems(response, ["readiness could not be determined"]);
    },
  );
}

function respondProblems(response: ServerResponse, problems: string[]): void {
  if (problems.length === 0) respondJson(response, 200, { status: "ready" });
  else respondJson(response, 503, { status: "not ready", problems });
}
