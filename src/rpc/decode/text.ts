import { validate as isUuidText } from "uuid";
import type { Check } from "./check.js";

const assetCode = /^[a-z][a-z0-9_]{0,31}$/;
const jobKind = /^[a-z][a-z0-9_]{0,63}$/;
const anomalyRule = /^[a-z][a-z0-9_]{0,63}$/;
const controlCharacter = /\p{Cc}/u;
const emailAddress = /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u;

/** The bounds on text, as the contract gives them. */
const bounds = {
  holderIdCharacters: 64,
  referenceCharacters: 64,
  descriptionBytes: 500,
  reasonBytes: 500,
  nameBytes: 200,
  emailBytes: 254,
  metadataPairs: 32,
  metadataKeyBytes: 64,
  metadataValueBytes: 512,
};

/** The code of an asset that must be given. */
export function checkAssetCode(check: Check, field: string, code: string): void {
  check.that(
    assetCode.test(code),
    field,
    "must be an asset's code: a-z, 0-9 and _, starting with a letter, at most 32",
  );
}

/** The kind of a job that must be given. */
export function checkJobKind(check: Check, field: string, kind: string): void {
  check.that(jobKind.test(kind), field, "must be a-z, 0-9 and _, starting with a letter, at most 64");
}

/** The name of a rule that finds anomalies. */
export function checkAnomalyRule(check: Check, field: string, rule: string): void {
  check.that(anomalyRule.test(rule), field, "must be a-z, 0-9 and _, starting with a letter, at most 64");
}

/** The id of a holder that must be given. */
export function checkHolderId(check: Check, field: string, id: string): void {
  const length = [...id].length;
  const fits = length >= 1 && length <= bounds.holderIdCharacters && !controlCharacter.test(id);
  check.that(
    fits,
    field,
    `must have 1 to ${bounds.holderIdCharacters} characters, none of them a control character`,
  );
}

/** An id that the service made, which must be given. */
export function checkUuid(check: Check, field: string, id: string): void {
  check.that(isUuidText(id), field, "must be a UUID");
}

/** Why an operator does something. */
export function checkReason(check: Check, reason: string): void {
  const size = bytesOf(reason);
  check.that(size >= 1 && size <= bounds.reasonBytes, "reason", `must have 1 to ${bounds.reasonBytes} bytes`);
}

/** Why a caller does something, where it may keep that to itself. */
export function checkOptionalReason(check: Check, reason: string): void {
  check.that(
    bytesOf(reason) <= bounds.reasonBytes,
    "reason",
    `must have at most ${bounds.reasonBytes} bytes`,
  );
}

export function checkDescription(check: Check, description: string): void {
  check.that(
    bytesOf(description) <= bounds.descriptionBytes,
    "description",
    `must have at most ${bounds.descriptionBytes} bytes`,
  );
}

/** A name for people. */
export function checkName(check: Check, field: string, name: string): void {
  check.that(bytesOf(name) <= bounds.nameBytes, field, `must have at most ${bounds.nameBytes} bytes`);
}

/** An e-mail address, or nothing. */
export function checkEmail(check: Check, email: string): void {
  const fits = email === "" || (emailAddress.test(email) && bytesOf(email) <= bounds.emailBytes);
  check.that(fits, "email", `must be an e-mail address of at most ${bounds.emailBytes} bytes, or empty`);
}

export function checkExternalReference(check: Check, reference: string): void {
  const fits = [...reference].length <= bounds.referenceCharacters;
  check.that(fits, "external_reference", `must have at most ${bounds.referenceCharacters} characters`);
}

/** A movement's metadata, as pairs sorted by key: the order on the wire means nothing. */
export function decodeMetadata(check: Check, metadata: Record<string, string>): [string, string][] {
  return decodePairs(check, "metadata", metadata);
}

/** What callers attach to something for themselves or others, within the bounds of metadata, sorted by key. */
export function decodePairs(check: Check, field: string, given: Record<string, string>): [string, string][] {
  const pairs = Object.entries(given);
  check.that(pairs.length <= bounds.metadataPairs, field, `must have at most ${bounds.metadataPairs} pairs`);
  for (const [key, value] of pairs) {
    const keyBytes = bytesOf(key);
    const fits = keyBytes >= 1 && keyBytes <= bounds.metadataKeyBytes;
    check.that(fits, field, `keys must have 1 to ${bounds.metadataKeyBytes} bytes`);
    check.that(
      bytesOf(value) <= bounds.metadataValueBytes,
      `${field}[${JSON.stringify(key.slice(0, bounds.metadataKeyBytes))}]`,
      `must have at most ${bounds.metadataValueBytes} bytes`,
    );
  }
  return pairs.sort(([a], [b]) => (a < b ? -1 : 1));
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text, "utf8");
}
