import type { Place } from "../../events/place.js";
import type { Check } from "./check.js";
import { digestOf, keysOf, tokenOf } from "./token.js";

/** The tokens of one stream: bound to what it watches, each saying where the stream stood. */
export interface ResumeTokens {
  /** The place of the token in a request; null when there is none, or when it is noted as wrong. */
  placeOf(check: Check, token: string): Place | null;
  tokenOf(place: Place): string;
}

// Both fit into 64 bits with a sign, whatever somebody makes up. The id of a version's place is empty.
const placeForms = [/^[0-8]?\d{1,18}$/, /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/];

/** @param query what the stream watches. */
export function resumeTokens(query: readonly unknown[]): ResumeTokens {
  const digest = digestOf(query);
  return {
    placeOf: (check, token) => {
      if (token === "") return null;
      const [position, id] = keysOf(token, digest, placeForms) ?? [];
      if (position !== undefined && id !== undefined) return { position: BigInt(position), id };
      noteForeignToken(check);
      return null;
    },
    tokenOf: ({ position, id }) => tokenOf(digest, [`${position}`, id]),
  };
}

/** Notes that the token is not one of this stream. */
export function noteForeignToken(check: Check): void {
  check.wrong(
    "resume_token",
    "must be one that this stream gave out, with the same filters; leave it empty to begin anew",
  );
}
