import { expect } from "chai";
import fc from "fast-check";
import type { DataSource } from "typeorm";
import { closeDatabase, type Database, openDatabase } from "../../src/db/database.js";
import {
  bytesArray,
  fromTimestamp,
  plainArray,
  textArray,
  timeArray,
  toTimestamp,
} from "../../src/db/sql.js";
import { databaseOptions } from "../support/engine.js";
import { testDatabase } from "../support/postgres.js";

/** Any text that PostgreSQL can hold, rich in what array literals give a meaning to. */
const texts = fc.oneof(
  fc.string({ unit: "binary" }).map((text) => text.replaceAll("\0", "")),
  fc
    .array(fc.constantFrom('"', "\\", ",", "{", "}", "NULL", "null", " ", "\n", "'", "é", "🪙", "\u2028"))
    .map((parts) => parts.join("")),
);

/** From the year 2, so that no time zone puts it before the year 1. */
const firstMicros = -62_104_060_800_000_000n;
/** A day before the year 10000, for the same reason. */
const lastMicros = 253_402_214_399_999_999n;

describe("array literals", () => {
  let database: Database;
  let reader: DataSource;

  before(async () => {
    database = await openDatabase(databaseOptions((await testDatabase()).url));
    reader = database.reader;
  });
  after(() => closeDatabase(database));

  async function roundTrip(type: string, literal: string): Promise<unknown[]> {
    const rows: { value: unknown }[] = await reader.query(
      `select value from unnest($1::${type}[]) with ordinality as t (value, place) order by place`,
      [literal],
    );
    return rows.map(({ value }) => value);
  }

  it("carry every text unchanged, and null as null", async () => {
    const property = fc.asyncProperty(fc.array(fc.option(texts)), async (values) => {
      expect(await roundTrip("text", textArray(values))).to.deep.equal(values);
    });
    await fc.assert(property, { numRuns: 200 });
  });

  it("carry the text NULL as a text", async () => {
    expect(await roundTrip("text", textArray(["NULL", null, ""]))).to.deep.equal(["NULL", null, ""]);
  });

  it("carry array literals inside array literals", async () => {
    const nested = textArray([textArray(['a"b', "c\\d"]), plainArray([1n, 2n])]);
    const rows = await reader.query(
      "select (value::text[])[1] as first, (value::text[])[2] as second from unnest($1::text[]) as t (value)",
      [nested],
    );
    expect(rows).to.deep.equal([
      { first: 'a"b', second: "c\\d" },
      { first: "1", second: "2" },
    ]);
  });

  it("of ids and of integers come back as texts, the empty one as well", async () => {
    const ids = ["11111111-2222-3333-4444-555555555555", "00000000-0000-0000-0000-000000000000"];
    const [row] = await reader.query(
      "select $1::uuid[] as ids, $2::bigint[] as numbers, $3::uuid[] as none",
      [`{${ids.join(",")}}`, "{-9223372036854775808,0,9223372036854775807}", "{}"],
    );
    expect(row).to.deep.equal({
      ids,
      numbers: ["-9223372036854775808", "0", "9223372036854775807"],
      none: [],
    });
  });

  it("carry every byte string unchanged", async () => {
    const bytes = fc.array(fc.uint8Array().map((array) => Buffer.from(array)));
    await fc.assert(
      fc.asyncProperty(bytes, async (values) => {
        expect(await roundTrip("bytea", bytesArray(values))).to.deep.equal(values);
      }),
      { numRuns: 50 },
    );
  });

  it("carry every 64-bit integer unchanged", async () => {
    const integers = fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
    await fc.assert(
      fc.asyncProperty(integers, async (values) => {
        expect(await roundTrip("bigint", plainArray(values))).to.deep.equal(values.map(String));
      }),
      { numRuns: 50 },
    );
  });

  it("carry every time unchanged to the microsecond, also before 1970, in any time zone of the session", async () => {
    const zones = fc.constantFrom("UTC", "Asia/Kolkata", "America/St_Johns", "-12:45", "+05:45");
    const times = fc.array(fc.option(fc.bigInt({ min: firstMicros, max: lastMicros })));
    const property = fc.asyncProperty(zones, times, async (zone, values) => {
      const found = await database.writer.transaction(async (manager) => {
        await manager.query(`set local time zone '${zone}'`);
        return manager.query(
          `select value from unnest($1::timestamptz[]) with ordinality as t (value, place) order by place`,
          [timeArray(values)],
        );
      });
      expect(found.map(({ value }: { value: unknown }) => value)).to.deep.equal(values);
    });
    await fc.assert(property, { numRuns: 100 });
  });
});

describe("a timestamp", () => {
  it("is what it says, to the microsecond", () => {
    expect(toTimestamp(0n)).to.equal("1970-01-01T00:00:00.000000Z");
    expect(toTimestamp(1_795_255_200_123_456n)).to.equal("2026-11-21T10:00:00.123456Z");
    expect(toTimestamp(-1n)).to.equal("1969-12-31T23:59:59.999999Z");
  });

  it("is read with its offset, whole hours or not, on either side of 1970", () => {
    expect(fromTimestamp("2026-11-21 15:30:00.1+05:30")).to.equal(1_795_255_200_100_000n);
    expect(fromTimestamp("2026-11-21 06:30:00-03:30")).to.equal(1_795_255_200_000_000n);
    expect(fromTimestamp("1969-12-31 23:59:59.999999+00")).to.equal(-1n);
    expect(fromTimestamp("1800-01-01 05:53:28.5+05:53:28")).to.equal(
      fromTimestamp("1800-01-01 00:00:00.5+00"),
    );
  });

  it("survives being written and read", () => {
    const property = fc.property(fc.bigInt({ min: firstMicros, max: lastMicros }), (micros) => {
      const printed = toTimestamp(micros).replace("T", " ").replace("Z", "+00");
      expect(fromTimestamp(printed)).to.equal(micros);
    });
    fc.assert(property);
  });

  it("that is none is refused, not guessed", () => {
    for (const text of ["infinity", "2026-11-21", "21.11.2026 10:00:00 CET", ""]) {
      expect(() => fromTimestamp(text)).to.throw("not one");
    }
  });
});
