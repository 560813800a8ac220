import { expect } from "chai";
import fc from "fast-check";
import { bucketLengths, bucketStart, bucketStarts } from "../../src/ledger/summary.js";

const at = (text: string): bigint => BigInt(Date.parse(text)) * 1_000n;
const text = (micros: bigint): string => new Date(Number(micros / 1_000n)).toISOString().slice(0, 19);

/** From the year 1 to the year 9999. */
const times = fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n });

describe("the buckets of a summary", () => {
  it("begin on the boundary in UTC, a week on Monday", () => {
    const time = at("2026-11-22T23:59:59.999Z"); // A Sunday.
    expect(bucketLengths.map((length) => text(bucketStart(length, time)))).to.deep.equal([
      "2026-11-22T23:59:00",
      "2026-11-22T23:00:00",
      "2026-11-22T00:00:00",
      "2026-11-16T00:00:00",
      "2026-11-01T00:00:00",
    ]);
    expect(text(bucketStart("WEEK", at("2026-11-23T00:00:00Z")))).to.equal("2026-11-23T00:00:00");
  });

  it("follow each other over the ends of months and years", () => {
    const span = { start: at("2027-12-31T00:00:00Z"), end: at("2028-03-01T00:00:00Z") };
    expect(bucketStarts("MONTH", span, 9)?.map(text)).to.deep.equal([
      "2027-12-01T00:00:00",
      "2028-01-01T00:00:00",
      "2028-02-01T00:00:00",
    ]);
    expect(text(bucketStart("MONTH", span.end, -1))).to.equal("2028-02-01T00:00:00");
    expect(text(bucketStart("MONTH", at("0050-02-10T00:00:00Z"), -2))).to.equal("0049-12-01T00:00:00");
  });

  it("are as many as fit the span, and none when there would be more than there may be", () => {
    const start = at("2026-11-22T00:00:00Z");
    const hours = (end: bigint) => bucketStarts("HOUR", { start, end }, 3)?.length ?? null;
    const hour = 3_600_000_000n;
    expect(
      [1n, hour, hour + 1n, 3n * hour, 3n * hour + 1n].map((length) => hours(start + length)),
    ).to.deep.equal([1, 1, 2, 3, null]);
  });

  it("hold every time between their start and the next one's, at any time", () => {
    fc.assert(
      fc.property(times, fc.constantFrom(...bucketLengths), (time, length) => {
        const start = bucketStart(length, time);
        const next = bucketStart(length, time, 1);
        expect(start <= time && time < next, `${length} of ${time}: ${start} to ${next}`).to.equal(true);
        expect(bucketStart(length, start)).to.equal(start);
        expect(bucketStart(length, next, -1)).to.equal(start);
        expect(bucketStart(length, next - 1n)).to.equal(start);
      }),
    );
  });
});
