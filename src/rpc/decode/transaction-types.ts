import { TransactionType } from "../../gen/wallet/v1/transaction_pb.js";
import type { TransactionType as Type } from "../../ledger/transaction.js";
import type { Check } from "./check.js";
import { decodeEnum } from "./enum.js";

const typesMax = 32;

/** The types that a filter lets through, by the names the domain knows them by; empty for all. */
export function decodeTypes(check: Check, types: readonly TransactionType[]): Type[] {
  check.that(types.length <= typesMax, "types", `must be at most ${typesMax}`);
  const decoded = types.map((type, index) => decodeEnum(check, `types[${index}]`, TransactionType, type));
  check.that(!decoded.includes(null), "types", "must not contain TRANSACTION_TYPE_UNSPECIFIED");
  return decoded.filter((type): type is Type => type !== null);
}
