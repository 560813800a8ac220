import {
  create,
  type DescField,
  type DescMessage,
  type MessageInitShape,
  ScalarType,
  toBinary,
} from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { expect } from "chai";
import fc from "fast-check";
import { ErrorInfoSchema } from "../../../src/gen/google/rpc/error_details_pb.js";
import { AdminService } from "../../../src/gen/wallet/v1/admin_service_pb.js";
import { MoneySchema } from "../../../src/gen/wallet/v1/money_pb.js";
import { ExportStatementResponseSchema } from "../../../src/gen/wallet/v1/statement_pb.js";
import { WalletService } from "../../../src/gen/wallet/v1/wallet_service_pb.js";
import { compileEncoder } from "../../../src/rpc/transport/encode-message.js";

type Fields = Record<string, unknown>;

/** Lengths around which a number of protobuf's encoding gets another byte, and texts change how they are written. */
const lengths = [0, 1, 63, 64, 65, 127, 128, 16_383, 16_384].map((length) => "x".repeat(length));
const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(...lengths, "é".repeat(64), "\u{1f4b0}"),
);
const int32 = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 127, 128, 2 ** 31 - 1, -(2 ** 31)));
const int64 = fc.oneof(
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  fc.constantFrom(0n, -1n, 127n, 128n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 35n, 2n ** 63n - 1n, -(2n ** 63n)),
);

const scalars: Partial<Record<ScalarType, fc.Arbitrary<unknown>>> = {
  [ScalarType.STRING]: text,
  [ScalarType.BYTES]: fc.uint8Array({ maxLength: 300 }),
  [ScalarType.INT32]: int32,
  [ScalarType.INT64]: int64,
  [ScalarType.BOOL]: fc.boolean(),
};

function scalar(type: ScalarType): fc.Arbitrary<unknown> {
  const values = scalars[type];
  if (values === undefined) throw new Error(`no values of ${ScalarType[type]} are made here`);
  return values;
}

/** What a handler may return as a message of this type: any of its fields left out, at most so many levels deep. */
function answers(type: DescMessage, depth: number): fc.Arbitrary<Fields> {
  const record: Record<string, fc.Arbitrary<unknown>> = {};
  for (const member of type.members) {
    if (member.kind !== "oneof") record[member.localName] = values(member, depth);
    else record[member.localName] = fc.oneof(...member.fields.map((field) => chosen(field, depth)));
  }
  return fc.record(record, { requiredKeys: [] });
}

function chosen(field: DescField, depth: number): fc.Arbitrary<unknown> {
  return values(field, depth).map((value) =>
    value === undefined ? { case: undefined } : { case: field.localName, value },
  );
}

function values(field: DescField, depth: number): fc.Arbitrary<unknown> {
  const one = singleValue(field, depth);
  if (field.fieldKind === "list")
    return fc.array(one, { maxLength: 3 }).filter((list) => !list.includes(undefined));
  if (field.fieldKind === "map") return fc.dictionary(text, one, { maxKeys: 3 });
  return one;
}

function singleValue(field: DescField, depth: number): fc.Arbitrary<unknown> {
  if (field.message !== undefined)
    return depth === 0 ? fc.constant(undefined) : answers(field.message, depth - 1);
  if (field.enum !== undefined) return fc.constantFrom(...field.enum.values.map(({ number }) => number));
  return scalar(field.scalar as ScalarType);
}

function encodedByTheLibrary(type: DescMessage, answer: object): Buffer {
  return Buffer.from(toBinary(type, create(type, answer as MessageInitShape<DescMessage>)));
}

describe("compileEncoder", () => {
  const types = [...WalletService.methods, ...AdminService.methods].map(({ output }) => output);

  it("writes, for whatever any RPC may answer, the bytes that protobuf-es writes", () => {
    for (const type of types) {
      const encode = compileEncoder(type);
      fc.assert(
        fc.property(answers(type, 4), (answer) => {
          expect(encode(answer).toString("hex"), type.typeName).to.equal(
            encodedByTheLibrary(type, answer).toString("hex"),
          );
        }),
        { numRuns: 20 },
      );
    }
  });

  it("writes answers larger than any before, whole", () => {
    const encode = compileEncoder(ExportStatementResponseSchema);
    for (const size of [100, 16_384, 1_000_000, 3_000_000, 200]) {
      const answer = { chunk: new Uint8Array(size).fill(7) };
      expect(
        encode(answer).equals(encodedByTheLibrary(ExportStatementResponseSchema, answer)),
        `${size}`,
      ).to.equal(true);
    }
  });

  it("leaves nothing behind of an answer that it cannot write", () => {
    const encode = compileEncoder(ErrorInfoSchema);
    const good = { reason: "R", domain: "wallet.v1", metadata: { a: "b" } };
    expect(() => encode({ reason: "kept?", domain: 5n })).to.throw(TypeError);
    expect(encode(good).equals(encodedByTheLibrary(ErrorInfoSchema, good))).to.equal(true);
  });

  it("refuses numbers that do not fit, instead of cutting them off", () => {
    const money = compileEncoder(MoneySchema);
    for (const units of [2n ** 63n, -(2n ** 63n) - 1n, 2n ** 64n])
      expect(() => money({ units }), `${units}`).to.throw(RangeError);
    const time = compileEncoder(TimestampSchema);
    for (const nanos of [2 ** 31, -(2 ** 31) - 1, 0.5, Number.NaN])
      expect(() => time({ nanos }), `${nanos}`).to.throw(RangeError);
  });

  it("keeps what it returned when it writes the next answer", () => {
    const encode = compileEncoder(ErrorInfoSchema);
    const first = encode({ reason: "FIRST" });
    const before = Buffer.from(first);
    encode({ reason: "OTHER" });
    expect(first.equals(before)).to.equal(true);
  });
});
