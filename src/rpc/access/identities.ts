import { type Caller, makeCaller } from "./caller.js";
import { isRole, roles } from "./role.js";
import { isSubject } from "./subject.js";
import { FilesError, type Watched, watchFiles } from "./watch-files.js";

/** The callers that certificates stand for, by the name in the certificate: a SPIFFE id, or `CN=` and a common name. */
export type Identities = ReadonlyMap<string, Caller>;

/** The `iss` in the name of a caller that its certificate identified. No token may have it at the same time. */
export const certificateIssuer = "mtls";

const variable = "TLS_IDENTITIES";

/**
 * Reads the identities, and reads them again when the file changes.
 *
 * @throws FilesError when the file cannot be used at the start.
 */
export async function openIdentities(
  path: string,
  observer: { readonly reloaded: () => void; readonly failed: (problem: unknown) => void },
  intervalMs?: number,
): Promise<Watched<Identities>> {
  const read = ([content]: readonly Buffer[]) => parseIdentities(String(content));
  return watchFiles({ files: [{ variable, path }], read, intervalMs, ...observer });
}

/** @throws FilesError */
function parseIdentities(text: string): Identities {
  const entries = Object.entries(parseObject(text, "the file")).map(([name, value]) => {
    if (!/^(?:spiffe:\/\/[^/]+\/|CN=).+/.test(name)) {
      throw wrong(`"${name}" is neither spiffe://<trust domain>/<path> nor CN=<common name>`);
    }
    return [name, callerOf(name, value)] as const;
  });
  return new Map(entries);
}

function callerOf(name: string, value: unknown): Caller {
  const { subject, role, ...others } = asObject(value, `"${name}"`);
  const [other] = Object.keys(others);
  if (other !== undefined) throw wrong(`"${name}" has a member "${other}"; only subject and role are known`);
  if (!isSubject(subject)) {
    throw wrong(`the subject of "${name}" must be 1 to 64 characters, none of them control characters`);
  }
  // A holder's wallets are its subject's: a file of service identities must not open anybody's.
  if (!isRole(role) || role === "holder") {
    throw wrong(`the role of "${name}" must be one of ${roles.filter((one) => one !== "holder").join(", ")}`);
  }
  return makeCaller({ issuer: certificateIssuer, role, subject });
}

function parseObject(text: string, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong(`${what} is not JSON`);
  }
  return asObject(value, what);
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw wrong(`${what} must be a JSON object`);
}

function wrong(problem: string): FilesError {
  return new FilesError(`${variable} cannot be used: ${problem}`);
}
