import { hash } from "node:crypto";
import type { JobOrder } from "./job.js";
import type { JobFailure, RefundMovement, ReversalMovement, SimpleMovement } from "./movement.js";

/** Bumped when the canonical form changes, so that an old fingerprint can never equal a new one by accident. */
const formatVersion = 1;

/** A value with a canonical form. Pairs must be sorted by key. */
type FieldValue = string | bigint | null | readonly (readonly [string, string])[];

/**
 * Digests a decoded command: the RPC and its fields, each under the number the fingerprint knows it by.
 *
 * It is taken over decoded values and never over wire bytes, since encoders may order a map's pairs as they like.
 */
export function fingerprintOf(method: string, fields: readonly (readonly [number, FieldValue])[]): Buffer {
  let canonical = `${formatVersion}\n${lengthed(method)}`;
  for (const [number, value] of fields) canonical += `${number}${canonicalValue(value)}`;
  return hash("sha256", canonical, "buffer");
}

/** The fingerprint of a simple movement. Its wallets are resolved ids, so naming them otherwise is the same request. */
export function movementFingerprint(method: string, movement: SimpleMovement): Buffer {
  return fingerprintOf(method, [
    [1, movement.type],
    [2, movement.asset],
    [3, movement.amount],
    [4, movement.source.walletId],
    [5, movement.destination.walletId],
    [6, movement.expectedVersion],
    [7, movement.externalReference],
    [8, movement.description],
    [9, movement.metadata],
    ...jobFields(movement.job),
  ]);
}

function jobFields(job: JobOrder | null): [number, FieldValue][] {
  if (job === null) return [];
  return [
    [10, job.kind],
    [11, job.payload],
  ];
}

/** The fingerprint of a refund. */
export function refundFingerprint(method: string, movement: RefundMovement): Buffer {
  return fingerprintOf(method, [
    [1, movement.originalId],
    [2, movement.amount?.asset ?? null],
    [3, movement.amount?.units ?? null],
    [4, movement.expectedVersion],
    [5, movement.externalReference],
    [6, movement.description],
    [7, movement.metadata],
  ]);
}

/** The fingerprint of a job's failure. */
export function jobFailureFingerprint(method: string, movement: JobFailure): Buffer {
  return fingerprintOf(method, [
    [1, movement.jobId],
    [2, movement.description],
  ]);
}

/** The fingerprint of a reversal. */
export function reversalFingerprint(method: string, movement: ReversalMovement): Buffer {
  return fingerprintOf(method, [
    [1, movement.originalId],
    [2, movement.allowBelowFloor ? "allow_below_floor" : ""],
    [3, movement.externalReference],
    [4, movement.description],
    [5, movement.metadata],
  ]);
}

function canonicalValue(value: FieldValue): string {
  if (value === null) return "n";
  if (typeof value === "bigint") return `i${value};`;
  if (typeof value === "string") return `s${lengthed(value)}`;
  return `m${value.length};${value.map(([key, text]) => lengthed(key) + lengthed(text)).join("")}`;
}

/** Text with its length before it, so that no two different lists of texts run together into the same one. */
function lengthed(text: string): string {
  return `${text.length}:${text}`;
}
