// Loses the data directory of a service under load and restores it to a moment before: `npm run rehearse:recovery`.
// It needs nothing but this repository: its own PostgreSQL, an archive and a backup in folders that it removes.
import { type Rehearsal, rehearse } from "./rehearsal/rehearse.js";

const transfers = Number(process.argv[2] ?? 2_000);
const size = { transfers, sentAgain: Math.min(500, transfers) };
const began = performance.now();
const seconds = (value: number) => `${value.toFixed(1)} s`;
const print = (text: string) => process.stdout.write(`${text}\n`);

print("Rehearsing a point-in-time recovery");
const result = await rehearse(size, (step) =>
  print(`  ${seconds((performance.now() - began) / 1_000).padStart(7)}  ${step}`),
);
report(result);

function report(found: Rehearsal): void {
  const rows: [string, string | number, boolean][] = [
    ["transfers acknowledged before the moment", found.acknowledgedBefore, found.acknowledgedBefore > 0],
    ["  of them missing after the restore", found.missing, found.missing === 0],
    ["transfers sent after the moment", found.sentAfter, found.sentAfter > 0],
    ["  of them there after the restore", found.early, found.early === 0],
    ["under way at the moment, and there", found.underWay, true],
    [`of ${size.sentAgain} sent again from before, not replayed`, found.notReplayed, found.notReplayed === 0],
    [`of up to ${size.sentAgain} sent again from after, not made anew`, found.notMade, found.notMade === 0],
    ["base backup, under load", seconds(found.backupSeconds), true],
    ["not archived when all was lost (RPO of a restore to the end)", seconds(found.notArchivedSeconds), true],
    ["restore and replay of the log", seconds(found.restoreSeconds), true],
    ["start of the service", seconds(found.serviceSeconds), true],
    ["from the loss to the first call (RTO)", seconds(found.restoreSeconds + found.serviceSeconds), true],
  ];
  const width = Math.max(...rows.map(([what]) => what.length));
  print("");
  for (const [what, value, good] of rows) {
    const figure = typeof value === "number" ? value.toLocaleString("en-US") : value;
    print(`${what.padEnd(width)}  ${figure.padStart(9)}${good ? "" : "  WRONG"}`);
  }
  const failed = rows.some(([, , good]) => !good);
  print(failed ? "\nThe rehearsal FAILED." : "\nNothing that was acknowledged before the moment was lost.");
  if (failed) process.exitCode = 1;
}
