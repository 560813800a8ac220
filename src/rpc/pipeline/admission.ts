import type { Poster } from "../../engine/poster.js";
import { WalletError } from "../../ledger/wallet-error.js";
import type { Metrics } from "../../metrics.js";
import type { Rule } from "../access/policy.js";
import { toCallError } from "./to-call-error.js";

/** Keeps calls out while those that are in already wait too long. */
export interface Admission {
  /** @throws a `CallError` with OVERLOADED, before anything of the request was looked at. */
  admit(rule: Rule): void;
}

const retryDelayMs = 500;

/**
 * Refuses what would only wait behind a queue that stands. A service that takes everything until its queue is full answers
 * nobody in time from then on; one that works on what it refuses has less time for what it takes. So the refusal is made
 * once and thrown again, as it is the same for everybody, and comes before the request is decoded.
 *
 * Acts of operators are let in, and so are streams, which are slowed down by their own answers.
 */
export function openAdmission(
  poster: Pick<Poster, "stands">,
  standingMsMax: number,
  { engineOverloaded }: Pick<Metrics, "engineOverloaded">,
): Admission {
  const refusal = toCallError(overloaded(standingMsMax), "");
  return {
    admit({ keyed, rateClass }) {
      if (!keyed || rateClass !== "movements" || !poster.stands) return;
      engineOverloaded.inc({ queue: "poster" });
      throw refusal;
    },
  };
}

function overloaded(standingMsMax: number): WalletError {
  return new WalletError(
    "OVERLOADED",
    `Calls would wait for more than ${standingMsMax} ms. Nothing moved; retry with the same key.`,
    { metadata: { standing_ms_max: `${standingMsMax}` }, retryDelayMs },
  );
}
