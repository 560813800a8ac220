import { createHash } from "node:crypto";

const tokenLengthMax = 1_024;
const digestLength = 22;

/** A digest of what a token belongs to: with anything else it would point into another list or stream. */
export function digestOf(query: readonly unknown[]): string {
  const text = JSON.stringify(query, (_, part) => (typeof part === "bigint" ? `${part}n` : part));
  return createHash("sha256").update(text).digest("base64url").slice(0, digestLength);
}

/** An opaque text that holds a digest and some keys. */
export function tokenOf(digest: string, keys: readonly string[]): string {
  return Buffer.from(JSON.stringify([digest, ...keys])).toString("base64url");
}

/**
 * The keys that a token holds; null when it has another digest, or its keys another form. A token is not signed, so what
 * it holds is checked like any other input.
 */
export function keysOf(token: string, digest: string, forms: readonly RegExp[]): readonly string[] | null {
  const [given, ...keys] = token.length > tokenLengthMax ? [] : partsOf(token);
  const fits = keys.length === forms.length && forms.every((form, index) => form.test(keys[index] ?? ""));
  return given === digest && fits ? keys : null;
}

function partsOf(token: string): string[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    return Array.isArray(parts) && parts.every((part) => typeof part === "string") ? parts : [];
  } catch {
    return [];
  }
}
