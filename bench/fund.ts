import { openEngine, type TestEngine, topUp } from "../test/support/engine.js";
import { holders } from "./load/frames.js";

/** What the holders of the load are given. */
export interface Funding {
  /** So much that no transfer of one unit is ever refused. */
  readonly units: bigint;
  /** How the holders are made, and the asset where the ledger has none. */
  readonly give: (engine: TestEngine, ids: readonly string[]) => Promise<void>;
}

/** Gives a ledger the holders that the load transfers between, and tops each of them up once. */
export async function fundHolders(url: string, { units, give }: Funding): Promise<void> {
  const engine = await openEngine(url, { actsRunningMax: 4, actsWaitingMax: holders.length });
  try {
    await give(engine, holders);
    await Promise.all(holders.map((holder) => topUp(engine, holder, units)));
  } finally {
    await engine.close();
  }
}
