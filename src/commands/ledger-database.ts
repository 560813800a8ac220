import type { Config } from "../config.js";
import { startEmbedded } from "../embedded/embedded.js";
import { findRunning, isInitialized } from "../embedded/running.js";
import { RecoveryError } from "../recovery/recovery-error.js";

/** A database as its two roles see it. */
export interface LedgerDatabase {
  readonly url: string;
  readonly ownerUrl: string;
  /** Whether a service may be at work on it at the same time. */
  readonly isServed: boolean;
}

/** Works with the ledger that is there: of DATABASE_URL, or the embedded one, whether a service runs on it or not. */
export async function withLedger<T>(
  config: Config,
  signal: AbortSignal,
  work: (database: LedgerDatabase) => Promise<T>,
): Promise<T> {
  if (config.databaseUrl !== null) return work(configured(config, config.databaseUrl));
  if (!(await isInitialized(config.dataDir))) {
    throw new RecoveryError(`There is no ledger in ${config.dataDir}: set WALLET_DATA_DIR or DATABASE_URL.`);
  }
  const running = await findRunning(config.dataDir);
  return running === undefined ? withEmbedded(config, signal, work) : work({ ...running, isServed: true });
}

/** Works with a database that is to become a ledger: of DATABASE_URL, or an embedded one that nobody uses. */
export async function withTarget<T>(
  config: Config,
  signal: AbortSignal,
  work: (database: LedgerDatabase) => Promise<T>,
): Promise<T> {
  if (config.databaseUrl !== null) return work(configured(config, config.databaseUrl));
  return withEmbedded(config, signal, work);
}

async function withEmbedded<T>(
  { dataDir }: Config,
  signal: AbortSignal,
  work: (database: LedgerDatabase) => Promise<T>,
): Promise<T> {
  const embedded = await startEmbedded({ dataDir, signal });
  try {
    return await work({ ...embedded, isServed: false });
  } finally {
    await embedded.stop();
  }
}

function configured({ databaseOwnerUrl }: Config, url: string): LedgerDatabase {
  return { url, ownerUrl: databaseOwnerUrl ?? url, isServed: true };
}
