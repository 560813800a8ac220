import type { IntegrityToken } from "../../engine/integrity/check.js";
import { digestOf, keysOf, tokenOf } from "./token.js";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The place that a token of a check names; null when it is none of a check of this asset. Empty is all assets. */
export function decodeIntegrityToken(asset: string, text: string): IntegrityToken | null {
  const [runId, placeId] = keysOf(text, digestFor(asset), [uuid, uuid]) ?? [];
  return runId === undefined || placeId === undefined ? null : { runId, placeId };
}

/** The token of a place. */
export function encodeIntegrityToken(asset: string, { runId, placeId }: IntegrityToken): string {
  return tokenOf(digestFor(asset), [runId, placeId]);
}

function digestFor(asset: string): string {
  return digestOf(["integrity", asset]);
}
