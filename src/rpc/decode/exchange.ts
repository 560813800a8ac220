import type { Money } from "../../gen/wallet/v1/money_pb.js";
import type { Exchange as ExchangeMessage } from "../../gen/wallet/v1/transaction_pb.js";
import { exchangeRate } from "../../ledger/exchange-rate.js";
import type { Exchange } from "../../ledger/transaction.js";
import type { Check } from "./check.js";
import { checkAssetCode } from "./text.js";

/** One exchange between two assets, with the rate that its amounts come to. */
export function decodeExchange(
  check: Check,
  { sold, bought, rate }: ExchangeMessage,
  field: string,
): Exchange {
  checkSide(check, sold, `${field}.sold`);
  checkSide(check, bought, `${field}.bought`);
  const differ = sold === undefined || sold.asset !== bought?.asset;
  check.that(differ, `${field}.bought.asset`, "must be another asset than the sold one");
  check.that(rate === "", `${field}.rate`, "must be empty: the amounts decide");
  const { asset: soldAsset = "", units: soldUnits = 0n } = sold ?? {};
  const { asset: boughtAsset = "", units: boughtUnits = 0n } = bought ?? {};
  return {
    soldAsset,
    sold: soldUnits,
    boughtAsset,
    bought: boughtUnits,
    rate: soldUnits > 0n ? exchangeRate(soldUnits, boughtUnits) : "",
  };
}

function checkSide(check: Check, amount: Money | undefined, field: string): void {
  if (amount === undefined) {
    check.wrong(field, "is required");
    return;
  }
  checkAssetCode(check, `${field}.asset`, amount.asset);
  const fits = amount.units > 0n;
  check.that(fits, `${field}.units`, "must be positive, a whole number of the asset's smallest units");
}
