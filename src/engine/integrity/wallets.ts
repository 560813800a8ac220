import { findBrokenChains, type Span } from "../../db/integrity/chains.js";
import { type Head, listHeads } from "../../db/integrity/heads.js";
import { findBrokenHoldings } from "../../db/integrity/holdings.js";
import { findStrayPostings } from "../../db/integrity/postings.js";
import { lowestTransactionId } from "../../db/integrity/transactions.js";
import type { Phase, Step, StepContext } from "./phase.js";
import { findWrongOwners } from "./wallet-owners.js";

/** Wallets that one step ends at most: they cost something without any posting. */
const walletsMax = 1_000;

/**
 * Verifies every wallet up to its head: its postings, each linked to the one before and each of a transaction, then the
 * wallet itself, its holds and whose it is. A wallet with more postings than fit into a step is verified in several.
 */
export const walletPhase: Phase = { name: "wallets", step };

async function step({ session, run, after, size, tally }: StepContext): Promise<Step> {
  const [from = lowestTransactionId, done = "0"] = after ?? [];
  const heads = await listHeads(session, { runId: run.id, from, limit: Math.min(size, walletsMax) + 1 });
  const { spans, next } = spansOf(heads, { from, done: BigInt(done) }, size);
  if (spans.length === 0) return { findings: [], through: null };
  const ended = spans.filter(({ through, head }) => through === head).map(({ walletId }) => walletId);
  const found = await Promise.all([
    findBrokenChains(session, run.id, spans),
    findStrayPostings(session, spans),
    findBrokenHoldings(session, run.id, ended),
    findWrongOwners(session, ended),
  ]);
  const postings = spans.reduce((sum, { above, through }) => sum + through - above, 0n);
  return {
    findings: found.flat(),
    through: next,
    tally: {
      chainedPostings: tally.chainedPostings + postings,
      wallets: tally.wallets + BigInt(ended.length),
    },
  };
}

interface HeadedSpan extends Span {
  /** The number of the wallet's last posting. */
  readonly head: bigint;
}

/**
 * The runs of postings that the next step verifies, and where the step after it begins.
 *
 * @param heads the wallets from that of the place on, one more than fit.
 * @param place the wallet to begin with, and how many of its postings are done.
 */
function spansOf(
  heads: readonly Head[],
  place: { from: string; done: bigint },
  size: number,
): { spans: HeadedSpan[]; next: readonly string[] | null } {
  const spans: HeadedSpan[] = [];
  let room = BigInt(size);
  for (const [index, { walletId, postingSeq: head }] of heads.entries()) {
    const above = walletId === place.from ? place.done : 0n;
    const through = head - above < room ? head : above + room;
    spans.push({ walletId, above, through, head });
    room -= through - above;
    if (through < head) return { spans, next: [walletId, `${through}`] };
    const following = heads[index + 1];
    if (following === undefined) return { spans, next: null };
    if (room <= 0n || spans.length === Math.min(size, walletsMax))
      return { spans, next: [following.walletId, "0"] };
  }
  return { spans, next: null };
}
