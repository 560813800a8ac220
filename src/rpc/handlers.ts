import type { Checkpointer } from "../engine/checkpoints.js";
import type { Engine } from "../engine/engine.js";
import { Settling } from "../engine/settled.js";
import type { Feed } from "../events/feed.js";
import { anomalyHandlers } from "./anomalies.js";
import { assetActHandlers, assetReadHandlers } from "./assets.js";
import { auditHandlers } from "./audit.js";
import { balanceHandlers } from "./balances.js";
import { executeBatchHandler } from "./bulk.js";
import { executeStreamHandler } from "./bulk-stream.js";
import { checkpointHandlers } from "./checkpoints.js";
import { compoundHandler } from "./compound.js";
import { enqueueHandler } from "./enqueue.js";
import { holdReadHandlers } from "./hold-reads.js";
import { holderActHandlers, holderReadHandlers, holderStatusHandlers } from "./holders.js";
import { holdHandlers } from "./holds.js";
import { integrityHandlers } from "./integrity.js";
import { jobActHandlers, jobFailureHandlers, jobReadHandlers } from "./jobs.js";
import type { RateLimits } from "./limits/rate-limits.js";
import { adjustBalanceHandler, movementHandlers } from "./movements.js";
import { operationHandlers } from "./operations.js";
import type { Handlers } from "./pipeline/handlers.js";
import { refundHandlers } from "./refunds.js";
import { statementHandlers } from "./statements.js";
import { summaryHandlers } from "./summary.js";
import { sweepHandlers } from "./sweep.js";
import { transactionHandlers } from "./transactions.js";
import { walletLimitsHandler } from "./wallet-limits.js";
import { walletActHandlers, walletReadHandlers, walletStatusHandlers } from "./wallets.js";
import { watchHandlers } from "./watch.js";

/** What the handlers work with besides the engine and the feed. */
export interface HandlerOptions {
  /** What the movements that come many in one call count against. */
  readonly rates: RateLimits;
  /** Called when something was accepted into the queue. */
  readonly onAccepted: () => void;
  /** Makes checkpoints; null where there is no key to sign them with. */
  readonly checkpointer: Checkpointer | null;
}

/** All handlers of both services. An RPC that is not here answers UNIMPLEMENTED. */
export function makeHandlers(engine: Engine, feed: Feed, options: HandlerOptions): Handlers {
  const { rates, onAccepted, checkpointer } = options;
  const { database, limits, poster, acts } = engine;
  const { reader } = database;
  const settling = new Settling(database, limits);
  return {
    wallet: {
      ...holderReadHandlers(reader),
      ...holderActHandlers(acts),
      ...assetReadHandlers(reader),
      ...walletReadHandlers(reader),
      ...walletActHandlers(acts),
      ...balanceHandlers(reader, settling),
      ...movementHandlers(poster),
      ...refundHandlers(reader, poster),
      postTransaction: compoundHandler(poster),
      ...holdHandlers(poster, reader),
      ...holdReadHandlers(reader),
      executeBatch: executeBatchHandler({ poster, acts, database }, rates),
      executeStream: executeStreamHandler(reader, poster, rates),
      ...transactionHandlers(reader),
      ...statementHandlers(reader, settling),
      enqueueTransaction: enqueueHandler(engine, onAccepted),
      ...operationHandlers(reader, feed),
      ...jobReadHandlers(reader),
      ...jobActHandlers(acts),
      ...jobFailureHandlers(reader, poster),
      ...watchHandlers(reader, feed),
    },
    admin: {
      ...assetActHandlers(acts),
      ...holderStatusHandlers(acts),
      ...walletStatusHandlers(acts),
      setWalletLimits: walletLimitsHandler(acts),
      adjustBalance: adjustBalanceHandler(poster),
      ...anomalyHandlers(reader, acts),
      ...integrityHandlers(reader, engine.integrity),
      ...summaryHandlers(reader, limits),
      ...sweepHandlers(engine),
      ...auditHandlers(reader),
      ...checkpointHandlers(reader, checkpointer),
    },
  };
}
