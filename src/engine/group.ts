import type { Command } from "../ledger/command.js";

/** Commands of one batch that share an idempotency key: the first leads, the others get its outcome. */
export interface Group<Waiting extends { readonly command: Command }> {
  readonly leader: Waiting;
  readonly followers: readonly Waiting[];
}

/** Groups waiting commands by key, in order of arrival. `validate_only` claims no key and leads only itself. */
export function groupByKey<Waiting extends { readonly command: Command }>(
  waiting: readonly Waiting[],
): Group<Waiting>[] {
  const groups = new Map<string | Waiting, { leader: Waiting; followers: Waiting[] }>();
  for (const one of waiting) {
    const key = claimedKey(one.command) ?? one;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { leader: one, followers: [] });
    else group.followers.push(one);
  }
  return [...groups.values()];
}

/** The idempotency key that a command claims, its caller included; null when it claims none. */
export function claimedKey({ claim, movement }: Command): string | null {
  return movement.validateOnly ? null : JSON.stringify([claim.caller, claim.key]);
}

/** The wallets that a command must lock. */
export function walletsOf(command: Command): string[] {
  return command.touches.wallets.map(({ walletId }) => walletId);
}

/** The holders whose status decides whether this command may open a wallet. */
export function holdersOf(command: Command): { walletId: string; holderId: string }[] {
  return command.touches.wallets.flatMap(({ walletId, holderId }) =>
    holderId === null ? [] : [{ walletId, holderId }],
  );
}
