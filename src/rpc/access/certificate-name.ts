import type { PeerCertificate } from "node:tls";

// As Node.js prints them: values that could be mistaken for something else are JSON texts.
const alternativeName = /(\w[\w ]*):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y;

/**
 * The name that a certificate gives its bearer: its SPIFFE id, or `CN=` and its common name if it has no URI at all.
 * Undefined when it says neither, or more than one of them, which SPIFFE does not allow.
 *
 * The certificate must have been verified against an authority.
 */
export function certificateName({ subject, subjectaltname = "" }: PeerCertificate): string | undefined {
  const uris = urisOf(subjectaltname);
  if (uris === undefined || uris.length > 1) return undefined;
  if (uris[0] !== undefined) return uris[0].startsWith("spiffe://") ? uris[0] : undefined;
  // A certificate with several common names gives them as a list.
  const name: unknown = subject?.CN;
  return typeof name === "string" && name !== "" ? `CN=${name}` : undefined;
}

/** Undefined for what cannot be read to its end: a URI could be hidden in it. */
function urisOf(names: string): string[] | undefined {
  const uris: string[] = [];
  alternativeName.lastIndex = 0;
  while (alternativeName.lastIndex < names.length) {
    const match = alternativeName.exec(names);
    if (match === null) return undefined;
    const [, kind, value = ""] = match;
    if (kind === "URI") uris.push(value);
  }
  return uris;
}
