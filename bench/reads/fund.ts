import { createHolder } from "../../src/engine/holders.js";
import { claimOf, openEngine, topUp } from "../../test/support/engine.js";
import { holders } from "../load/frames.js";

/** So much that no transfer of one unit is refused, and so little that TREASURY of a large ledger has it. */
const openingUnits = 1_000_000n;

/** Gives a large ledger the holders that the load transfers between, and tops each of them up once. */
export async function fundHolders(url: string): Promise<void> {
  const engine = await openEngine(url, { actsRunningMax: 4, actsWaitingMax: holders.length });
  try {
    await Promise.all(
      holders.map((id) =>
        engine.acts.run({
          claim: claimOf(`holder-${id}`),
          resourceId: id,
          run: (context) => createHolder(context, { id, email: null, displayName: id }),
        }),
      ),
    );
    await Promise.all(holders.map((holder) => topUp(engine, holder, openingUnits)));
  } finally {
    await engine.close();
  }
}
