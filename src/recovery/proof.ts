import type { Connection } from "../db/connection.js";
import { analyzeLedger, countUnbalanced } from "../db/replayed-rows.js";
import type { Page } from "../db/snapshot.js";
import { columnIndex } from "../db/table-layout.js";
import type { ChainStates } from "./chain-states.js";
import type { ExportTrailer } from "./export-format.js";
import { linesOf, sumOf } from "./export-ledger.js";
import type { ProgressListener } from "./progress.js";
import { RecoveryError } from "./recovery-error.js";
import { type Comparison, printComparisons } from "./report.js";

const findingsShownMax = 10;

/**
 * Reads the rebuilt ledger back and compares it with what the export says and with what its postings lead to: the rows
 * of every table, the balance and the head of every wallet, and the whole ledger as one checksum.
 *
 * @returns what was compared, all of it equal.
 * @throws RecoveryError with the same table when anything differs.
 */
export async function proveEqual(
  connection: Connection,
  { trailer, chains }: { trailer: ExportTrailer; chains: ChainStates },
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<Comparison[]> {
  await analyzeLedger(connection);
  progress.begin("Proving", "rows", sumOf(Object.values(trailer.counts).map(BigInt)));
  const findings: string[] = [];
  let agreeing = 0n;
  const rebuilt = linesOf(connection, (page) => {
    if (page.table.name !== "wallets") return;
    const wrong = strayWallets(page, chains);
    findings.push(...wrong);
    agreeing += BigInt(page.rows.length - wrong.length);
  });
  for await (const _ of rebuilt.bytes) {
    signal.throwIfAborted();
    progress.at(sumOf(rebuilt.counts.values()));
  }
  progress.end();
  const sums = rebuilt.sums().trailer;
  const unbalanced = await countUnbalanced(connection);
  const comparisons = [
    ...Object.keys({ ...trailer.counts, ...sums.counts }).map((name) =>
      compare(name, trailer.counts[name] ?? "0", sums.counts[name] ?? "0"),
    ),
    compare("wallets that end where their postings lead", trailer.counts.wallets ?? "0", `${agreeing}`),
    compare("wallets whose open holds are not what they hold", "0", `${unbalanced.wallets}`),
    compare("assets that do not sum to zero", "0", `${unbalanced.assets}`),
    compare("chain heads (sha256)", trailer.chain_heads_sha256, sums.chain_heads_sha256),
    compare("the whole ledger (sha256)", trailer.ledger_sha256, sums.ledger_sha256),
  ];
  if (comparisons.every(({ equal }) => equal)) return comparisons;
  throw new RecoveryError(
    [
      "The rebuilt ledger is not equal to the export, and was given up; the ledger is as empty as before.",
      printComparisons(comparisons),
      ...findings.slice(0, findingsShownMax),
    ].join("\n"),
  );
}

/** One sentence for each wallet that is not where its postings have led. */
function strayWallets({ table, rows }: Page, chains: ChainStates): string[] {
  const at = (name: string) => columnIndex(table, name);
  const [id, balance, seq, head] = [at("id"), at("balance"), at("posting_seq"), at("chain_head")] as const;
  return rows.flatMap((row) => {
    const chain = chains.get(String(row[id]));
    const led = [chain?.balance, chain?.postingSeq, chain?.head.toString("hex")].map(String);
    const says = [row[balance], row[seq], row[head]].map(String);
    if (led.join() === says.join()) return [];
    return `Wallet ${row[id]} says balance, posting and head ${says.join(", ")}; its postings lead to ${led.join(", ")}.`;
  });
}

function compare(what: string, exported: string, rebuilt: string): Comparison {
  return { what, exported, rebuilt, equal: exported === rebuilt };
}
