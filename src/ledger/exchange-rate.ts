const places = 18;
const one = 10n ** BigInt(places);

/**
 * The units bought for one unit sold, as a decimal number of at most 18 places, rounded down: `0.333333333333333333`
 * for one bought with three. Zeros at the end are left out. It is for the record: the amounts decide.
 *
 * @param sold positive, as `bought` is.
 */
export function exchangeRate(sold: bigint, bought: bigint): string {
  const scaled = (bought * one) / sold;
  const fraction = `${scaled % one}`.padStart(places, "0").replace(/0+$/, "");
  return fraction === "" ? `${scaled / one}` : `${scaled / one}.${fraction}`;
}
