import type { Command, CommandKind, Step } from "../command.js";
import type { Ledger } from "../ledger.js";
import type { Random } from "../random.js";
import { Choices } from "./choices.js";
import { generators } from "./generators.js";

/** What a step is chosen from. */
export interface StepContext {
  readonly random: Random;
  readonly ledger: Ledger;
  readonly history: readonly Step[];
  /** The kinds that the service serves. */
  readonly served: readonly CommandKind[];
}

/** The next step of a history: a new command, or an earlier one once more, or another under an earlier key. */
export function nextStep(context: StepContext): Step {
  const { random, ledger, history } = context;
  const number = (history.at(-1)?.number ?? 0) + 1;
  const of = new Choices(random, ledger, history, number);
  if (ledger.holders.size < 3) return fresh(number, generators.createHolder.make(of));
  const real = forReal(of);
  if (real !== undefined) return { number, ...real };
  const earlier = history.length > 0 ? random.pick(history.slice(-60)) : undefined;
  if (earlier !== undefined && earlier.command.kind !== "expireHold" && random.chance(7)) {
    const command = random.chance(70) ? earlier.command : someCommand(of, context.served);
    if (command.kind !== "expireHold") return { number, key: earlier.key, command };
  }
  const remedy = random.chance(22) ? remedyFor(of) : undefined;
  if (remedy !== undefined && context.served.includes(remedy.kind)) return fresh(number, remedy);
  return fresh(number, someCommand(of, context.served));
}

function fresh(number: number, command: Command): Step {
  return { number, key: `k${number}`, command };
}

/** What was only validated, in half of the cases now for real and under the same key, which is still free. */
function forReal({ random, history }: Choices): Omit<Step, "number"> | undefined {
  const last = history.at(-1);
  if (last === undefined || !("validateOnly" in last.command) || !last.command.validateOnly) return undefined;
  return random.chance(50) ? { key: last.key, command: { ...last.command, validateOnly: false } } : undefined;
}

function someCommand(of: Choices, served: readonly CommandKind[]): Command {
  const kinds = served.map((kind) => [generators[kind].weight, kind] as const);
  return generators[of.random.weighted(kinds)].make(of);
}

/** Undoes something that keeps value from moving, so that a history does not end in nothing but refusals. */
function remedyFor({ random, ledger }: Choices): Command | undefined {
  const none = { max: null, perTransaction: null, daily: null };
  const remedies: Command[] = [];
  for (const [asset, { frozen, perTransaction, daily }] of ledger.assets) {
    if (frozen) remedies.push({ kind: "unfreezeAsset", asset });
    if (perTransaction !== null || daily !== null)
      remedies.push({ kind: "setAssetLimits", asset, perTransaction: null, daily: null });
  }
  for (const [holder, { suspended }] of ledger.holders)
    if (suspended) remedies.push({ kind: "reactivateHolder", holder });
  for (const { name, asset, status, limits, holder } of ledger.wallets.values()) {
    const wallet = { wallet: { wallet: name }, asset };
    if (status === "FROZEN") remedies.push({ kind: "unfreezeWallet", ...wallet });
    const isBound = limits.max !== null || limits.perTransaction !== null || limits.daily !== null;
    if (isBound && holder !== null && status !== "CLOSED")
      remedies.push({ kind: "setWalletLimits", ...wallet, min: 0n, ...none, expectedVersion: null });
  }
  return remedies.length > 0 ? random.pick(remedies) : undefined;
}
