import type { Engine } from "../engine/engine.js";
import type { Feed } from "../events/feed.js";
import { assetActHandlers, assetReadHandlers } from "./assets.js";
import { balanceHandlers } from "./balances.js";
import { holderActHandlers, holderReadHandlers, holderStatusHandlers } from "./holders.js";
import { jobActHandlers, jobFailureHandlers, jobReadHandlers } from "./jobs.js";
import { adjustBalanceHandler, movementHandlers } from "./movements.js";
import { operationHandlers } from "./operations.js";
import type { Handlers } from "./pipeline/handlers.js";
import { refundHandlers } from "./refunds.js";
import { statementHandlers } from "./statements.js";
import { transactionHandlers } from "./transactions.js";
import { walletActHandlers, walletReadHandlers, walletStatusHandlers } from "./wallets.js";
import { watchHandlers } from "./watch.js";

/** All handlers of both services. An RPC that is not here answers UNIMPLEMENTED. */
export function makeHandlers({ database, limits, poster, acts }: Engine, feed: Feed): Handlers {
  const { reader } = database;
  return {
    wallet: {
      ...holderReadHandlers(reader),
      ...holderActHandlers(acts),
      ...assetReadHandlers(reader),
      ...walletReadHandlers(reader),
      ...walletActHandlers(acts),
      ...balanceHandlers(database, limits),
      ...movementHandlers(poster),
      ...refundHandlers(reader, poster),
      ...transactionHandlers(reader),
      ...statementHandlers(database, limits),
      ...operationHandlers(reader),
      ...jobReadHandlers(reader),
      ...jobActHandlers(acts),
      ...jobFailureHandlers(reader, poster),
      ...watchHandlers(reader, feed),
    },
    admin: {
      ...assetActHandlers(acts),
      ...holderStatusHandlers(acts),
      ...walletStatusHandlers(acts),
      adjustBalance: adjustBalanceHandler(poster),
    },
  };
}
