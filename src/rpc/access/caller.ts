import type { Role } from "./role.js";

/** Who is calling, as the token says. Nothing in a request can change it. */
export interface Caller {
  /** The `iss` of the token. */
  readonly issuer: string;
  /** The role, which decides what may be called. */
  readonly role: Role;
  /** The `sub` of the token: a holder's own id, or the name of a service or a person. */
  readonly subject: string;
  /** `issuer|role|subject` with `%` and `|` escaped: the scope of idempotency keys, and the name in the audit log. */
  readonly id: string;
}

/** Makes a caller, with its canonical id. */
export function makeCaller({ issuer, role, subject }: Omit<Caller, "id">): Caller {
  return { issuer, role, subject, id: `${escapePart(issuer)}|${role}|${escapePart(subject)}` };
}

// Without the escape, issuer "a|admin" could be mistaken for issuer "a" with another role.
function escapePart(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("|", "%7C");
}
