import { WalletError } from "../../ledger/wallet-error.js";
import type { Caller } from "./caller.js";
import type { Rule } from "./policy.js";

/** Throws `ROLE_REQUIRED` unless the caller's role may call this method. */
export function assertRole({ role }: Caller, method: string, { roles }: Rule): void {
  if (roles.includes(role)) return;
  throw new WalletError(
    "ROLE_REQUIRED",
    `${method} is not for role ${role}; it needs one of ${roles.join(", ")}`,
    {
      metadata: { role, method, allowed_roles: roles.join(",") },
    },
  );
}
