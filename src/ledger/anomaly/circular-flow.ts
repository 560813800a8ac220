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
  const belongs = ({ amount, asset, time }: TransferEdge) =>
    asset === last.asset && time > earliest && amount >= least && amount <= most;
  // Most wallets have sent nothing of the kind, and then there is nothing to search.
  const openings = byDestination(graph.from(last.to).filter(belongs));
  if (openings.size === 0) return null;
  const search: Search = { graph, start: last.to, belongs, visitsLeft: graphLimits.visitsMax };
  // Breadth first, from the newest transfer backwards: a path is oldest first, and grows at its front.
  let paths: readonly Path[] = [{ first: last, rest: null }];
  for (let length = 3; length <= walletsMax && paths.length > 0; length++) {
    paths = longer(paths, search);
    const circle = length < walletsMin ? null : closed(paths, openings);
    if (circle !== null) return edgesOf(circle);
  }
  return null;
}

/** What the paths of one search have in common. */
interface Search {
  readonly graph: TransferGraph;
  /** The wallet that value is to come back to. */
  readonly start: string;
  readonly belongs: (edge: TransferEdge) => boolean;
  visitsLeft: number;
}

/** The first of these paths that one of the transfers of the start leads to, with that in front; null when there is none. */
function closed(paths: readonly Path[], openings: ReadonlyMap<string, readonly TransferEdge[]>): Path | null {
  for (const path of paths) {
    const opening = openings.get(path.first.from)?.find(({ time }) => time <= path.first.time);
    if (opening !== undefined) return { first: opening, rest: path };
  }
  return null;
}

/** These paths with one more transfer in front, in every way that there is, as far as the search may go. */
function longer(paths: readonly Path[], search: Search): Path[] {
  const grown: Path[] = [];
  for (const path of paths) {
    const { from, time } = path.first;
    for (const edge of search.graph.to(from)) {
      if (search.visitsLeft-- <= 0) return grown;
      if (edge.time > time || !search.belongs(edge)) continue;
      if (edge.from !== search.start && !leaves(path, edge.from)) grown.push({ first: edge, rest: path });
    }
  }
  return grown;
}

function byDestination(edges: readonly TransferEdge[]): Map<string, TransferEdge[]> {
  const byWallet = new Map<string, TransferEdge[]>();
  for (const edge of edges) {
    const known = byWallet.get(edge.to);
    if (known === undefined) byWallet.set(edge.to, [edge]);
    else known.push(edge);
  }
  return byWallet;
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
