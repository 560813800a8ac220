import { create } from "@bufbuild/protobuf";
import { Code } from "../../gen/google/rpc/code_pb.js";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.js";
import { type FieldViolation, WalletError } from "../../ledger/wallet-error.js";
import { KeysUnavailableError } from "../access/verify-token.js";
import { CallError, type ErrorDetail } from "./call-error.js";
import { clip } from "./clip.js";
import { codeOf } from "./status.js";

/** The `domain` of every ErrorInfo that this service sends. */
export const errorDomain = "wallet.v1";

// Some clients accept no more than 8 KiB of trailers, and they carry the details in base64.
const limits = { messageBytesMax: 512, metadataBytesMax: 256, pathBytesMax: 128, violationBytesTotal: 2_560 };

/** What the caller is told about an error: everything about a refusal, nothing about a failure of ours. */
export function toCallError(error: unknown, requestId: string): CallError {
  if (error instanceof CallError) return error;
  if (error instanceof WalletError) return refusal(error);
  if (error instanceof KeysUnavailableError)
    return new CallError(`${error.message}; try again`, { code: Code.UNAVAILABLE, cause: error.cause });
  return new CallError(`internal error, request id ${requestId}`, { code: Code.INTERNAL, cause: error });
}

function refusal(error: WalletError): CallError {
  const { reason, violations, retryDelayMs } = error;
  const details: ErrorDetail[] = [errorInfo(error)];
  if (violations.length > 0) details.push(badRequest(violations));
  if (retryDelayMs !== undefined) details.push(retryInfo(retryDelayMs));
  return new CallError(clip(error.message, limits.messageBytesMax), {
    code: codeOf[reason],
    reason,
    retryDelayMs,
    details,
    cause: error.cause,
  });
}

function errorInfo(error: WalletError): ErrorDetail {
  const value = { domain: errorDomain, reason: error.reason, metadata: clippedMetadata(error) };
  return { desc: ErrorInfoSchema, value: create(ErrorInfoSchema, value) };
}

/** The figures of an error as callers receive them. */
export function clippedMetadata({ metadata }: WalletError): Record<string, string> {
  const clipped = Object.entries(metadata).map(([key, value]) => [key, clip(value, limits.metadataBytesMax)]);
  return Object.fromEntries(clipped);
}

function badRequest(violations: readonly FieldViolation[]): ErrorDetail {
  const fieldViolations: FieldViolation[] = [];
  let bytesLeft = limits.violationBytesTotal;
  for (const violation of violations) {
    const field = clip(violation.field, limits.pathBytesMax);
    const description = clip(violation.description, limits.metadataBytesMax);
    bytesLeft -= Buffer.byteLength(field) + Buffer.byteLength(description);
    if (bytesLeft < 0) break;
    fieldViolations.push({ field, description });
  }
  return { desc: BadRequestSchema, value: create(BadRequestSchema, { fieldViolations }) };
}

function retryInfo(delayMs: number): ErrorDetail {
  const retryDelay = {
    seconds: BigInt(Math.floor(delayMs / 1_000)),
    nanos: Math.floor(delayMs % 1_000) * 1_000_000,
  };
  return { desc: RetryInfoSchema, value: create(RetryInfoSchema, { retryDelay }) };
}
