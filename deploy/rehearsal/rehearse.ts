import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { migrateUp } from "../../src/db/schema.js";
import { removeDataDir } from "../../src/embedded/temporary.js";
import { givenFundedHolders, openCaller } from "../../test/support/load.js";
import { onServer } from "../../test/support/postgres.js";
import { startService } from "../../test/support/service.js";
import {
  type ArchivedCluster,
  destroy,
  makeArchive,
  type Places,
  recoveryTo,
  startArchived,
} from "./archived-cluster.js";
import { restoreBaseBackup, takeBaseBackup } from "./base-backup.js";
import { type Expected, findTransfers, sendAgain } from "./proof.js";
import { Transfers } from "./transfers.js";

/** How much is rehearsed. */
export interface RehearsalSize {
  /** Transfers that are made before the backup, while it is on, after it, and after the moment; each at least so many. */
  readonly transfers: number;
  /** Transfers that are sent again on either side of the moment. */
  readonly sentAgain: number;
}

/** What a rehearsal has shown. Times in seconds. */
export interface Rehearsal {
  readonly acknowledgedBefore: number;
  readonly sentAfter: number;
  readonly missing: number;
  readonly early: number;
  readonly underWay: number;
  readonly notReplayed: number;
  readonly notMade: number;
  readonly backupSeconds: number;
  /** How old the newest archived log was when the data directory was lost: what a restore to the latest moment loses. */
  readonly notArchivedSeconds: number;
  readonly restoreSeconds: number;
  readonly serviceSeconds: number;
}

const callsMax = 1_000_000;
const archiveTimeout = "1s";
const archivedWithinMs = 60_000;

/**
 * Loses a data directory under load and restores it to an earlier moment: base backup while transfers run, more
 * transfers, a moment, more transfers, the loss, the restore, the proof. `say` hears of each step.
 */
export async function rehearse(size: RehearsalSize, say: (step: string) => void): Promise<Rehearsal> {
  const run = randomUUID();
  const place = (name: string) => join(tmpdir(), `wallet-rehearsal-${run}-${name}`);
  const places: Places = { dataDir: place("data"), archive: place("archive"), backup: place("backup") };
  let cluster: ArchivedCluster | undefined;
  try {
    await makeArchive(places);
    cluster = await startArchived(places, archiveTimeout);
    say("PostgreSQL is up and archives its log");
    const lost = await workAndLose(places, cluster, size, say);
    const began = performance.now();
    await restoreBaseBackup(places);
    cluster = await startArchived(places, archiveTimeout, recoveryTo(places, lost.moment));
    const restoreSeconds = secondsSince(began);
    say(`restored to ${lost.moment}`);
    const found = await findTransfers(cluster.database.url, lost.expected);
    say("every rule of a ledger holds");
    const { before, after } = lost.expected;
    const { readyMs, ...again } = await sendAgain(cluster.database.url, {
      before: before.slice(-size.sentAgain),
      after: after.slice(0, size.sentAgain),
    });
    say("the service serves again");
    const { backupSeconds, notArchivedSeconds } = lost;
    const counts = { acknowledgedBefore: before.length, sentAfter: after.length };
    const serviceSeconds = readyMs / 1_000;
    return {
      ...counts,
      ...found,
      ...again,
      backupSeconds,
      notArchivedSeconds,
      restoreSeconds,
      serviceSeconds,
    };
  } finally {
    await cluster?.database.stop();
    await removeDataDir(places.dataDir);
    for (const folder of [places.archive, places.backup]) await rm(folder, { recursive: true, force: true });
  }
}

/** What is left of a data directory that was lost: what its callers know, and a moment in its past. */
interface Lost {
  /** As PostgreSQL prints it. */
  readonly moment: string;
  readonly expected: Expected;
  readonly backupSeconds: number;
  readonly notArchivedSeconds: number;
}

async function workAndLose(
  places: Places,
  cluster: ArchivedCluster,
  { transfers: count }: RehearsalSize,
  say: (step: string) => void,
): Promise<Lost> {
  await migrateUp(cluster.database.ownerUrl, "wallet_service");
  const service = await startService({ env: { DATABASE_URL: cluster.database.url, HOST: "127.0.0.1" } });
  const caller = await openCaller(service);
  const transfers = new Transfers(caller, "rehearsal", callsMax);
  try {
    await givenFundedHolders(service, 1_000_000n);
    transfers.start();
    await transfers.more(count);
    say(`${transfers.acknowledged.length} transfers are done; the base backup begins`);
    const began = performance.now();
    await Promise.all([takeBaseBackup(places, cluster.superuserUrl), transfers.more(count)]);
    const backupSeconds = secondsSince(began);
    say(`the base backup took ${backupSeconds.toFixed(1)} s, under load`);
    await transfers.more(count);
    // What was answered before the question was committed before the moment; what is sent after the answer, after it.
    const before = transfers.acknowledged;
    const [{ moment } = { moment: "" }] = await onServer<{ moment: string }>(
      cluster.superuserUrl,
      "select clock_timestamp()::text as moment",
    );
    const begunBefore = transfers.begun.length;
    say(`the moment is ${moment}: ${before.length} transfers are done`);
    await transfers.more(count);
    await archivedBeyond(cluster);
    const notArchivedSeconds = await archiveAge(cluster);
    await Promise.all([destroy(places, cluster), service.kill()]);
    await transfers.stop();
    const after = transfers.begun.slice(begunBefore);
    say(`the data directory is gone; ${after.length} transfers were sent since the moment`);
    return { moment, expected: { before, after }, backupSeconds, notArchivedSeconds };
  } finally {
    await service.kill();
    await transfers.stop();
    caller.close();
  }
}

/** Waits until all that is written now is archived; the server switches to a new segment by itself. */
async function archivedBeyond({ superuserUrl }: ArchivedCluster): Promise<void> {
  const [{ segment } = { segment: "" }] = await onServer<{ segment: string }>(
    superuserUrl,
    "select pg_walfile_name(pg_current_wal_insert_lsn()) as segment",
  );
  for (const deadline = performance.now() + archivedWithinMs; performance.now() < deadline; await pause(50)) {
    const [{ archived } = { archived: false }] = await onServer<{ archived: boolean }>(
      superuserUrl,
      "select coalesce(last_archived_wal, '') >= $1 as archived from pg_stat_archiver",
      [segment],
    );
    if (archived) return;
  }
  throw new Error(`the segment ${segment} was not archived within ${archivedWithinMs / 1_000} s`);
}

async function archiveAge({ superuserUrl }: ArchivedCluster): Promise<number> {
  const [{ seconds } = { seconds: 0 }] = await onServer<{ seconds: number }>(
    superuserUrl,
    "select extract(epoch from clock_timestamp() - last_archived_time)::float8 as seconds from pg_stat_archiver",
  );
  return seconds;
}

const secondsSince = (began: number): number => (performance.now() - began) / 1_000;
