import type { DescField, DescMessage, JsonObject } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import type { Side } from "./sides.js";

/** What a text field can name of a side, by the field's name; undefined where the side has nothing of that name. */
const named: Readonly<Record<string, (side: Side, rpc: string) => string | undefined>> = {
  holder_id: ({ holderId }) => holderId,
  wallet_id: ({ walletId }) => walletId,
  transaction_id: ({ transactionId }) => transactionId,
  hold_id: ({ holdId }) => holdId,
  job_id: ({ jobId }) => jobId,
  // Of the same form, and as private.
  batch_id: ({ transactionId }) => transactionId,
  idempotency_key: ({ keys }) => keys.Spend,
  caller: ({ caller }) => caller,
  external_reference: ({ reference }) => reference,
  page_token: ({ tokens }, rpc) => tokens[rpc],
  resume_token: ({ tokens }, rpc) => tokens[rpc],
};

/** Text fields that name nothing of anybody's. A field in neither table fails the test. */
const plain = new Set([
  ...["asset", "code", "email", "display_name", "description", "metadata", "metadata_key", "metadata_value"],
  ...["kind", "payload"],
]);

/** A field of a request that can name what is somebody's. */
export interface ForeignField {
  /** For example `source.wallet_id`. */
  readonly path: string;
  readonly name: string;
}

/** Every field of a request type, at any depth, that can name what is somebody's. @throws for one that nobody judged. */
export function foreignFields(type: DescMessage, prefix = ""): ForeignField[] {
  return type.fields.flatMap((field) => {
    const path = prefix + field.name;
    if (field.message !== undefined && !field.message.typeName.startsWith("google."))
      return foreignFields(field.message, `${path}.`);
    if (field.scalar !== ScalarType.STRING || plain.has(field.name)) return [];
    if (field.name in named) return [{ path, name: field.name }];
    throw new Error(
      `${type.typeName}.${field.name}: does it name what is somebody's? Say so in foreign-fields.ts`,
    );
  });
}

/** What such a field names on a side. */
export function thingOf({ name, path }: ForeignField, side: Side, rpc: string): string {
  const value = named[name]?.(side, rpc);
  if (value === undefined)
    throw new Error(`${rpc}.${path}: there is nothing of ${side.holderId}'s to put there`);
  return value;
}

/** The request with a field set, and the others of its oneof left out. */
export function withField(type: DescMessage, request: JsonObject, path: string, value: string): JsonObject {
  const [name = "", ...rest] = path.split(".");
  const field = type.fields.find((one) => one.name === name);
  if (field === undefined) throw new Error(`${type.typeName} has no field ${name}`);
  const changed = Object.fromEntries(Object.entries(request).filter(([key]) => !isRival(field, key)));
  if (rest.length === 0 || field.message === undefined) return { ...changed, [name]: value };
  const before = changed[name];
  const inner = (Array.isArray(before) ? before[0] : before) ?? {};
  const after = withField(field.message, inner as JsonObject, rest.join("."), value);
  return { ...changed, [name]: field.fieldKind === "list" ? [after] : after };
}

function isRival({ oneof, name }: DescField, key: string): boolean {
  return oneof !== undefined && key !== name && oneof.fields.some((field) => field.name === key);
}
