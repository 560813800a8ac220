import type { Caller } from "../access/caller.js";

/** What a caller is to its limits: a holder is one person, every other role speaks for many. */
export type CallerKind = "holder" | "service";

/** The kind of a caller. */
export function kindOf({ role }: Caller): CallerKind {
  return role === "holder" ? "holder" : "service";
}
