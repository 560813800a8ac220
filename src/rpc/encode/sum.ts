import type { MessageInitShape } from "@bufbuild/protobuf";
import type { MoneySchema } from "../../gen/wallet/v1/money_pb.js";
import { amountMax, fitsBalance } from "../../ledger/amount.js";
import { Check } from "../decode/check.js";
import { encodeMoney } from "./money.js";

/**
 * What the amounts of a span of time sum to, in smallest units. Every balance fits into 64 bits, but a sum of what came
 * and went may not.
 *
 * @throws INVALID_FIELD for `start_time` when the sum is more than the wire carries
 */
export function encodeSum(asset: string, units: bigint): MessageInitShape<typeof MoneySchema> {
  const check = new Check();
  check.that(
    fitsBalance(units),
    "start_time",
    `must begin a shorter span: a figure of this one is ${units} ${asset}, and an answer carries at most ${amountMax}`,
  );
  check.done();
  return encodeMoney(asset, units);
}
