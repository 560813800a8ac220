import { v7 as uuidV7 } from "uuid";
import { closeDatabase, type Database, type DatabaseOptions, openDatabase } from "../../src/db/database.js";
import { Acts } from "../../src/engine/acts.js";
import { createAsset } from "../../src/engine/assets.js";
import { createHolder } from "../../src/engine/holders.js";
import { defaultEngineLimits, type EngineLimits } from "../../src/engine/limits.js";
import { type EngineObserver, unobserved } from "../../src/engine/observer.js";
import type { MovementResult } from "../../src/engine/outcome.js";
import { Poster } from "../../src/engine/poster.js";
import { type Command, makeCommand } from "../../src/ledger/command.js";
import { fingerprintOf, movementFingerprint } from "../../src/ledger/fingerprint.js";
import {
  addressOfHolder,
  addressOfSystem,
  type Claim,
  type SimpleMovement,
  type SimpleType,
} from "../../src/ledger/movement.js";
import { WalletError } from "../../src/ledger/wallet-error.js";

/** One process's engine on a database: what two of them do at once is what two service processes would do. */
export interface TestEngine {
  readonly database: Database;
  readonly poster: Poster;
  readonly acts: Acts;
  readonly batches: { lane: string; size: number }[];
  /** What its observer was told besides, in order. */
  readonly told: string[];
  close(): Promise<void>;
}

export function databaseOptions(
  url: string,
  isolation: DatabaseOptions["isolation"] = "read committed",
): DatabaseOptions {
  return {
    url,
    isolation,
    preparedStatements: true,
    writerConnectionsMax: 5,
    readerConnectionsMax: 2,
    queryTimeoutMs: 10_000,
    onConnectionLost: () => {},
  };
}

export async function openEngine(
  url: string,
  limits: Partial<EngineLimits> = {},
  isolation?: DatabaseOptions["isolation"],
): Promise<TestEngine> {
  const database = await openDatabase(databaseOptions(url, isolation));
  const all = { ...defaultEngineLimits, ...limits };
  const batches: TestEngine["batches"] = [];
  const told: string[] = [];
  const observer: EngineObserver = {
    ...unobserved,
    committed: ({ lane, size }) => batches.push({ lane, size }),
    deferred: (count) => told.push(`deferred ${count}`),
    overloaded: (queue) => told.push(`overloaded ${queue}`),
    failed: (cause) => told.push(`failed ${cause}`),
    doubted: (fate) => told.push(`doubted ${fate}`),
  };
  const context = { database, limits: all, observer };
  const poster = new Poster(context);
  return {
    database,
    poster,
    acts: new Acts(context),
    batches,
    told,
    close: async () => {
      await poster.stop(5_000);
      await closeDatabase(database);
    },
  };
}

/** Makes the asset `gold` and the holders, through the engine. */
export async function givenHolders(engine: TestEngine, ids: readonly string[]): Promise<void> {
  await engine.acts.run({
    claim: claimOf("asset-gold"),
    resourceId: "gold",
    run: (context) => createAsset(context, { code: "gold", name: "Gold", scale: 0 }),
  });
  await addHolders(engine, ids);
}

/** Makes holders through the engine, for a ledger that has assets. */
export async function addHolders(engine: TestEngine, ids: readonly string[]): Promise<void> {
  await Promise.all(
    ids.map((id) =>
      engine.acts.run({
        claim: claimOf(`holder-${id}`),
        resourceId: id,
        run: (context) => createHolder(context, { id, email: null, displayName: id }),
      }),
    ),
  );
}

export function claimOf(key: string, fingerprint = fingerprintOf("test", [[1, key]])): Claim {
  return {
    caller: "test|service|suite",
    key,
    method: "wallet.v1.WalletService/Test",
    fingerprint,
    operationId: uuidV7(),
    requestId: uuidV7(),
    remoteAddress: "192.0.2.1",
    traceparent: "",
    forItself: false,
    batchId: null,
    queued: null,
  };
}

/** A movement of gold between two holders, or between a holder and the outside world. */
export function movementOf(
  type: SimpleType,
  holders: { from?: string; to?: string },
  amount: bigint,
  more: Partial<SimpleMovement> = {},
): SimpleMovement {
  const asset = more.asset ?? "gold";
  return {
    kind: "simple",
    type,
    asset,
    amount,
    source:
      holders.from === undefined ? addressOfSystem(asset, "TREASURY") : addressOfHolder(asset, holders.from),
    destination:
      holders.to === undefined ? addressOfSystem(asset, "TREASURY") : addressOfHolder(asset, holders.to),
    subject: holders.from === undefined ? "destination" : "source",
    expectedVersion: null,
    job: null,
    externalReference: "",
    description: "",
    metadata: [],
    validateOnly: false,
    ...more,
  };
}

export function commandOf(key: string, movement: SimpleMovement): Command {
  return makeCommand(claimOf(key, movementFingerprint("wallet.v1.WalletService/Test", movement)), movement);
}

let keys = 0;

/** A key that no other call of this run has. */
export function freshKey(): string {
  return `key-${++keys}`;
}

export function topUp(
  engine: TestEngine,
  to: string,
  amount: bigint,
  key = freshKey(),
): Promise<MovementResult> {
  return engine.poster.submit(commandOf(key, movementOf("TOP_UP", { to }, amount)));
}

export function transfer(
  engine: TestEngine,
  { from, to }: { from: string; to: string },
  amount: bigint,
  key = freshKey(),
): Promise<MovementResult> {
  return engine.poster.submit(commandOf(key, movementOf("TRANSFER", { from, to }, amount)));
}

/** The reason that a call was refused for; fails the test when it was not. */
export async function reasonOf(call: Promise<unknown>): Promise<string> {
  const error = await errorOf(call);
  return error.reason;
}

export async function errorOf(call: Promise<unknown>): Promise<WalletError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof WalletError) return error;
    throw error;
  }
  throw new Error("the call was not refused");
}
