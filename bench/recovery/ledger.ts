import { givenHolders, openEngine, topUp, transfer } from "../../test/support/engine.js";

const holders = Array.from({ length: 1_000 }, (_, n) => `holder-${n}`);
const openingUnits = 1_000_000_000n;
const inFlight = 1_000;
const reports = 10;

/** Makes a ledger of about this many postings with the posting engine: top-ups, then transfers between 1,000 wallets. */
export async function fillLedger(
  url: string,
  postings: number,
  onProgress: (postings: number) => void,
): Promise<void> {
  const engine = await openEngine(url, { actsRunningMax: 4, actsWaitingMax: holders.length });
  try {
    await givenHolders(engine, holders);
    await Promise.all(holders.map((holder) => topUp(engine, holder, openingUnits)));
    const transfers = Math.max(0, Math.ceil(postings / 2) - holders.length);
    let next = 0;
    const moveOneByOne = async (): Promise<void> => {
      while (next < transfers) {
        const n = next++;
        // Multiplying by a large prime spreads the pairs without being random: every run makes the same ledger.
        const from = (n * 7_919) % holders.length;
        const to = (from + 1 + ((n * 104_729) % (holders.length - 1))) % holders.length;
        await transfer(engine, { from: holders[from] ?? "", to: holders[to] ?? "" }, BigInt(1 + (n % 97)));
        if (n % Math.ceil(transfers / reports) === 0) onProgress(2 * (n + holders.length));
      }
    };
    await Promise.all(Array.from({ length: inFlight }, moveOneByOne));
  } finally {
    await engine.close();
  }
}
