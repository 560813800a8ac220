import type { Finding } from "./finding.js";
import type { Observation } from "./observation.js";
import { amountsAround } from "./statistics.js";
import type { Thresholds } from "./thresholds.js";
import { graphLimits, type TransferEdge, type TransferGraph } from "./transfer-graph.js";

/** The transfer that an observation is the receiving side of; null when it is not one between two holders. */
export function transferOf(observation: Observation): TransferEdge | null {
  const { flow, type, counterpartyId, transactionId, asset, walletId, amount, time } = observation;
  if (flow !== "in" || type !== "TRANSFER" || counterpartyId === null) return null;
  return { transactionId, asset, from: counterpartyId, to: walletId, amount, time };
}

/** Much the same amount has come back to the wallet that it went out from, through others. */
export function findCircularFlow(
  graph: TransferGraph,
  observation: Observation,
  thresholds: Thresholds["circular_flow"],
): Finding | null {
  const last = transferOf(observation);
  const circle = last === null ? null : circleOf(graph, last, thresholds);
  if (circle === null) return null;
  const { walletId, asset, amount, time } = observation;
  const wallets = circle.map(({ from }) => from);
  const seconds = (time - (circle[0]?.time ?? time)) / 1_000_000n;
  return {
    transactionIds: circle.map(({ transactionId }) => transactionId),
    summary:
      `${circle[0]?.amount} ${asset} left wallet ${walletId} and came back to it as ${amount} within ${seconds} seconds, ` +
      `through ${wallets.length - 1} other wallets.`,
    evidence: {
      wallet_ids: wallets.join(" "),
      wallets_count: `${wallets.length}`,
      first_units: `${circle[0]?.amount}`,
      last_units: `${amount}`,
      seconds: `${seconds}`,
    },
  };
}

/** The transfers of the shortest circle that this one closes, oldest first; null when it closes none. */
function circleOf(
  graph: TransferGraph,
  last: TransferEdge,
  { windowSeconds, walletsMin, walletsMax, amountTolerance }: Thresholds["circular_flow"],
): TransferEdge[] | null {
  const earliest = last.time - BigInt(windowSeconds) * 1_000_000n;
  const [least, most] = amountsAround(last.amount, 1 - amountTolerance);
  const belongs = ({ amount, asset, time }: TransferEdge, next: TransferEdge) =>
    amount >= least && amount <= most && time > earliest && time <= next.time && asset === last.asset;
  let paths: Path[] = [{ first: last, rest: null }];
  let visits = 0;
  // Breadth first, from the newest transfer backwards: a path is oldest first, and grows at its front.
  for (let length = 2; length <= walletsMax; length++) {
    const longer: Path[] = [];
    for (const path of paths) {
      for (const edge of graph.to(path.first.from)) {
        if (++visits > graphLimits.visitsMax) return null;
        if (!belongs(edge, path.first) || leaves(path, edge.from)) continue;
        const grown = { first: edge, rest: path };
        if (edge.from !== last.to) longer.push(grown);
        else if (length >= walletsMin) return edgesOf(grown);
      }
    }
    paths = longer;
  }
  return null;
}

/** Transfers that follow one another, oldest first. Paths share what they have in common. */
interface Path {
  readonly first: TransferEdge;
  readonly rest: Path | null;
}

/** Whether a transfer of the path leaves this wallet. */
function leaves(path: Path, walletId: string): boolean {
  for (let part: Path | null = path; part !== null; part = part.rest)
    if (part.first.from === walletId) return true;
  return false;
}

function edgesOf(path: Path): TransferEdge[] {
  const edges: TransferEdge[] = [];
  for (let part: Path | null = path; part !== null; part = part.rest) edges.push(part.first);
  return edges;
}
