import { join, resolve } from "node:path";
import { chooseAccount } from "./account.js";
import { findBinaries } from "./binaries.js";
import { checkVersion, clusterExists, initCluster, type Start } from "./cluster.js";
import { type Credentials, openCredentials } from "./credentials.js";
import { explained } from "./error.js";
import { linkHome, makeDataDir, makeSharedDir, openHome, recordedHome } from "./home.js";
import { stopLeftover } from "./leftover.js";
import { type Lock, takeLock } from "./lock.js";
import { ensureRoles, names, roleUrl } from "./roles.js";
import { type Server, startServer } from "./server.js";

/** A PostgreSQL server of our own, for this process alone. */
export interface EmbeddedDatabase {
  /** The role `wallet_service`, which may do what the migrations grant it. */
  url: string;
  /** The role `wallet_owner`, which owns the database and runs the migrations. */
  ownerUrl: string;
  /** Of 127.0.0.1; another one at each start. */
  port: number;
  /** The data directory, as an absolute path. */
  dataDir: string;
  /** Shuts the server down and gives the data directory free. May be called again. */
  stop(): Promise<void>;
  /** Resolves if the server ends without {@link stop}. Call stop then, too. */
  exited: Promise<void>;
}

/** How to start. */
export interface EmbeddedOptions {
  /** Made if it is missing. Everything is kept below it, except what PostgreSQL's user could not reach there. */
  dataDir: string;
  /** Gets what initdb and PostgreSQL write, line by line. */
  log?: (line: string) => void;
  /** Ends a start that is under way; what it had started is stopped before the returned promise rejects. */
  signal?: AbortSignal;
  /** PostgreSQL settings that replace the built-in ones. */
  settings?: Record<string, string>;
}

/**
 * Starts PostgreSQL on the data directory: a new one, that of an earlier run, or that of a run that was killed at
 * whatever moment. Fails with an EmbeddedError whose message is for the operator.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const asked = resolve(options.dataDir);
  try {
    const recorded = await recordedHome(asked);
    const account = await chooseAccount([join(recorded ?? asked, "postgres"), asked]);
    const dataDir = await makeDataDir(asked, account);
    const lock = await takeLock(dataDir);
    try {
      const binaries = await findBinaries(account, async () => (account ? makeSharedDir() : dataDir));
      const { log = () => undefined, signal = new AbortController().signal, settings = {} } = options;
      return await open(dataDir, lock, { account, binaries, log, signal }, settings);
    } catch (error) {
      await lock.release();
      throw error;
    }
  } catch (error) {
    throw explained(error, asked);
  }
}

async function open(
  dataDir: string,
  lock: Lock,
  start: Start,
  settings: Record<string, string>,
): Promise<EmbeddedDatabase> {
  start.signal.throwIfAborted();
  const home = await openHome(dataDir, start.account);
  const exists = await clusterExists(home);
  const credentials = await openCredentials(dataDir, exists);
  if (!exists) await initCluster(home, start, credentials.superuser);
  await linkHome(home);
  await checkVersion(home, start.binaries);
  const server = await startServer(home.cluster, start, settings);
  const stopServer = async (): Promise<void> => {
    server.process.stop();
    await server.process.exit;
    await stopLeftover(home.cluster); // Nothing, unless the guard was killed.
  };
  try {
    await ensureRoles(server.port, credentials);
    start.signal.throwIfAborted();
  } catch (error) {
    await stopServer();
    throw error;
  }
  return describe(dataDir, server, credentials, () => stopServer().finally(() => lock.release()));
}

function describe(
  dataDir: string,
  { port, process }: Server,
  credentials: Credentials,
  end: () => Promise<void>,
): EmbeddedDatabase {
  let stopping: Promise<void> | undefined;
  return {
    url: roleUrl(port, names.service, credentials.service),
    ownerUrl: roleUrl(port, names.owner, credentials.owner),
    port,
    dataDir,
    stop: () => (stopping ??= end()),
    exited: new Promise((settle) => {
      void process.exit.then(() => stopping ?? settle());
    }),
  };
}
