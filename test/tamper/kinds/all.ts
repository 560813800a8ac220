import type { Kind } from "../tampering.js";
import { chainKinds } from "./chains.js";
import { checkpointKinds } from "./checkpoints.js";
import { outcomeKinds } from "./outcomes.js";
import { postingKinds } from "./postings.js";
import { transactionKinds } from "./transactions.js";
import { walletKinds } from "./wallets.js";

/** All kinds of tampering, by their names. */
export const kinds: ReadonlyMap<string, Kind> = new Map(
  Object.entries({
    ...postingKinds,
    ...chainKinds,
    ...transactionKinds,
    ...walletKinds,
    ...checkpointKinds,
    ...outcomeKinds,
  }),
);
