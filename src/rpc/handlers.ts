import type { Engine } from "../engine/engine.js";
import { assetActHandlers, assetReadHandlers } from "./assets.js";
import { balanceHandlers } from "./balances.js";
import { holdReadHandlers } from "./hold-reads.js";
import { holderActHandlers, holderReadHandlers, holderStatusHandlers } from "./holders.js";
import { holdHandlers } from "./holds.js";
import { jobActHandlers, jobFailureHandlers, jobReadHandlers } from "./jobs.js";
import { adjustBalanceHandler, movementHandlers } from "./movements.js";
import { operationHandlers } from "./operations.js";
import type { Handlers } from "./pipeline/handlers.js";
import { refundHandlers } from "./refunds.js";
import { sweepHandlers } from "./sweep.js";
import { transactionHandlers } from "./transactions.js";
import { walletActHandlers, walletReadHandlers, walletStatusHandlers } from "./wallets.js";

/** All handlers of both services. An RPC that is not here answers UNIMPLEMENTED. */
export function makeHandlers({ database, limits, poster, acts }: Engine): Handlers {
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
      ...holdHandlers(poster, reader),
      ...holdReadHandlers(reader),
      ...refundHandlers(reader, poster),
      ...transactionHandlers(reader),
      ...operationHandlers(reader),
      ...jobReadHandlers(reader),
      ...jobActHandlers(acts),
      ...jobFailureHandlers(reader, poster),
    },
    admin: {
      ...assetActHandlers(acts),
      ...holderStatusHandlers(acts),
      ...walletStatusHandlers(acts),
      adjustBalance: adjustBalanceHandler(poster),
      ...sweepHandlers({ database, poster, acts }),
    },
  };
}
