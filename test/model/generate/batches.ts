import type { Batchable, BatchItem, Command } from "../command.js";
import type { Choices } from "./choices.js";
import { postTransaction } from "./compound.js";
import { oneSided, refundTransaction, transfer } from "./movements.js";

type ExecuteBatch = Extract<Command, { kind: "executeBatch" }>;
type ExecuteStream = Extract<Command, { kind: "executeStream" }>;

export function executeBatch(of: Choices): ExecuteBatch {
  const { random } = of;
  const validateOnly = random.chance(8);
  return {
    kind: "executeBatch",
    items: someItems(of, validateOnly ? 0 : 20),
    mode: random.chance(55) ? "INDEPENDENT" : "ATOMIC",
    full: random.chance(40),
    validateOnly,
  };
}

export function executeStream(of: Choices): ExecuteStream {
  return { kind: "executeStream", items: someItems(of, 30) };
}

export function enqueueTransaction(of: Choices): Command {
  return { kind: "enqueueTransaction", movement: { ...someMovement(of), validateOnly: false } };
}

/** Up to six mixed movements, and with this chance before them those of an earlier batch or stream once more. */
function someItems(of: Choices, againPercent: number): BatchItem[] {
  const { random } = of;
  const earlier = of.history.flatMap(({ command }) =>
    command.kind === "executeStream" || (command.kind === "executeBatch" && !command.validateOnly)
      ? [command]
      : [],
  );
  const again = earlier.length > 0 && random.chance(againPercent) ? random.pick(earlier).items : [];
  const made = Array.from({ length: random.between(1, 6) }, (_, index) => newItem(of, index));
  return [...again.slice(0, 6).map((item) => perhapsOther(of, item)), ...made];
}

function newItem(of: Choices, index: number): BatchItem {
  return { key: `k${of.number}.${index + 1}`, movement: { ...someMovement(of), validateOnly: false } };
}

/** Mostly the item as it was, sometimes another movement under its key. */
function perhapsOther(of: Choices, item: BatchItem): BatchItem {
  return of.random.chance(8)
    ? { key: item.key, movement: { ...someMovement(of), validateOnly: false } }
    : item;
}

function someMovement(of: Choices): Batchable {
  const kind = of.random.pick([
    "topUp",
    "topUp",
    "withdraw",
    "spend",
    "grantBonus",
    "transfer",
    "transfer",
    "refundTransaction",
    "postTransaction",
  ] as const);
  if (kind === "transfer") return transfer(of);
  if (kind === "refundTransaction") return refundTransaction(of);
  if (kind === "postTransaction") return postTransaction(of);
  return kind === "spend"
    ? { ...oneSided(of, kind), kind, withJob: of.random.chance(30) }
    : { ...oneSided(of, kind), kind };
}
