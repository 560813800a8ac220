/** Every role that a token may carry, from the least to the most. */
export const roles = ["holder", "service", "auditor", "operator", "admin"] as const;

/** What a caller is to this service. The policy table says what each role may call. */
export type Role = (typeof roles)[number];

/** Whether this is one of the known roles, spelled exactly. */
export function isRole(value: unknown): value is Role {
  return roles.includes(value as Role);
}
