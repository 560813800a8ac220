import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { BatchMode, MovementSchema } from "../../src/gen/wallet/v1/bulk_pb.js";
import { framed, holders, transferOf } from "./frames.js";
import { uniformPair } from "./pairs.js";

/** Items of one `ExecuteBatch`: the most that it takes. */
export const itemsEach = 1_000;

const movementsMax = 4_096;

/** A transfer of one unit between two random wallets. */
function anyTransfer() {
  return { kind: { case: "transfer" as const, value: transferOf(uniformPair(holders.length)) } };
}

/** Encoded once for all: what differs between requests is their keys. */
const movements: readonly Uint8Array[] = Array.from({ length: movementsMax }, () =>
  toBinary(MovementSchema, create(MovementSchema, anyTransfer())),
);

/** A request of `ExecuteBatch`. The keys of its items begin with the prefix. */
export function batchFrame(keyPrefix: string): Buffer {
  const offset = Math.floor(Math.random() * movementsMax);
  const writer = new BinaryWriter();
  for (let item = 0; item < itemsEach; item++) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(`${keyPrefix}${item}`);
    writer.tag(2, WireType.LengthDelimited).bytes(movementOf(offset + item));
    writer.join();
  }
  writer.tag(2, WireType.Varint).int32(BatchMode.INDEPENDENT);
  return framed(writer.finish());
}

/** A request of `ExecuteStream`. Its number, 1 or more, ends its key. */
export function itemFrame(keyPrefix: string, item: number): Buffer {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Varint).int64(item);
  writer.tag(2, WireType.LengthDelimited).string(`${keyPrefix}${item}`);
  writer.tag(3, WireType.LengthDelimited).bytes(movementOf(item));
  return framed(writer.finish());
}

function movementOf(item: number): Uint8Array {
  return movements[item % movementsMax] ?? new Uint8Array();
}

/** `posted_count` of an `ExecuteBatchResponse`. The results are skipped: a light client reads no more than it must. */
export function postedCountOf(message: Buffer): number {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 3) return reader.int32();
    reader.skip(type);
  }
  return 0;
}

/** `item_number` and `result.state` of an `ExecuteStreamResponse`. */
export function answeredItemOf(message: Buffer): { item: number; state: number } {
  const reader = new BinaryReader(message);
  let item = 0;
  let state = 0;
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1) {
      item = Number(reader.int64());
    } else if (field === 2) {
      const end = reader.uint32() + reader.pos;
      while (reader.pos < end) {
        const [inner, innerType] = reader.tag();
        if (inner === 1) state = reader.int32();
        else reader.skip(innerType);
      }
    } else {
      reader.skip(type);
    }
  }
  return { item, state };
}
