import type { MovementResult } from "../../src/engine/outcome.js";
import { makeCommand } from "../../src/ledger/command.js";
import type { Hold } from "../../src/ledger/hold.js";
import { addressOfHolder, addressOfSystem } from "../../src/ledger/movement.js";
import { claimOf, freshKey, type TestEngine } from "./engine.js";

const terms = {
  externalReference: "",
  description: "",
  metadata: [],
  validateOnly: false,
  expectedVersion: null,
};

const weekMicros = 7n * 86_400n * 1_000_000n;

/** Sets an amount of a holder's gold aside. The time it lasts is in microseconds. */
export async function authorize(
  engine: TestEngine,
  holderId: string,
  amount: bigint,
  ttl = weekMicros,
): Promise<Hold> {
  const wallet = addressOfHolder("gold", holderId);
  const movement = { kind: "authorize", asset: "gold", amount, wallet, ttl, ...terms } as const;
  const { hold } = await engine.poster.submit(makeCommand(claimOf(freshKey()), movement));
  if (hold === null) throw new Error("there is no hold in the answer");
  return hold;
}

/** Captures this much of a hold, or all that it holds, to REVENUE. */
export function capture(
  engine: TestEngine,
  hold: Hold,
  amount: bigint | null = null,
  { final = false } = {},
): Promise<MovementResult> {
  return engine.poster.submit(
    makeCommand(claimOf(freshKey()), {
      kind: "capture",
      holdId: hold.id,
      hold,
      amount,
      assets: [],
      final,
      splits: [{ wallet: addressOfSystem("gold", "REVENUE"), amount: null }],
      ...terms,
    }),
  );
}

export function voidHold(engine: TestEngine, hold: Hold): Promise<MovementResult> {
  const movement = { kind: "void", holdId: hold.id, hold, ...terms } as const;
  return engine.poster.submit(makeCommand(claimOf(freshKey()), movement));
}

/** Lets a hold last this long from now on, in microseconds. */
export function extend(engine: TestEngine, hold: Hold, ttl: bigint): Promise<MovementResult> {
  const movement = { kind: "extend", holdId: hold.id, hold, ttl, ...terms } as const;
  return engine.poster.submit(makeCommand(claimOf(freshKey()), movement));
}
