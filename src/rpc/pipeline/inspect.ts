import {
  type DescField,
  type DescMessage,
  type Message,
  ScalarType,
  type UnknownField,
} from "@bufbuild/protobuf";
import { mapKeyPath } from "./field-path.js";
import { type Findings, noteUnknownField, noteUnstorableText } from "./findings.js";
import { isStorable } from "./storable-text.js";

/** Notes every text that no handler should see and every field that this server does not know. */
export type Inspect = (message: Message, findings: Findings) => void;

type Visit = (value: unknown, path: string, findings: Findings) => void;
type Fields = Record<string, unknown> & { $unknown?: UnknownField[] };

/**
 * Compiles the inspection of a message type, once at start, into one closure per field that can hold text or a
 * message. A call then costs one regular expression per string and nothing for numbers.
 */
export function compileInspection(type: DescMessage): Inspect {
  const visit = messageVisitor(type);
  return (message, findings) => visit(message, "", findings);
}

const visitors = new Map<string, Visit>();

function messageVisitor(type: DescMessage): Visit {
  const known = visitors.get(type.typeName);
  if (known !== undefined) return known;
  assertInspectable(type);
  const steps: Visit[] = [];
  const visit: Visit = (value, path, findings) => {
    const unknown = (value as Fields).$unknown;
    if (unknown !== undefined) for (const { no } of unknown) noteUnknownField(findings, path, no);
    for (const step of steps) step(value, path, findings);
  };
  // Known before its fields are compiled, so that a type may contain itself.
  visitors.set(type.typeName, visit);
  for (const member of type.members) {
    const step = member.kind === "oneof" ? oneofStep(member.localName, member.fields) : fieldStep(member);
    if (step !== undefined) steps.push(step);
  }
  return visit;
}

function fieldStep(field: DescField): Visit | undefined {
  const visit = valueVisitor(field);
  if (visit === undefined) return undefined;
  const { localName, name } = field;
  return (message, path, findings) => {
    const value = (message as Fields)[localName];
    if (value !== undefined) visit(value, path + name, findings);
  };
}

function oneofStep(localName: string, fields: DescField[]): Visit | undefined {
  const visits = new Map(
    fields.map((field) => [field.localName, { name: field.name, visit: valueVisitor(field) }]),
  );
  return (message, path, findings) => {
    const chosen = (message as Fields)[localName] as { case: string | undefined; value?: unknown };
    if (chosen.case === undefined) return;
    const member = visits.get(chosen.case);
    member?.visit?.(chosen.value, path + member.name, findings);
  };
}

function valueVisitor(field: DescField): Visit | undefined {
  if (field.fieldKind === "map") return mapVisitor(field);
  const one = itemVisitor(field);
  if (field.fieldKind !== "list" || one === undefined) return one;
  return (value, path, findings) => {
    for (const [index, item] of (value as unknown[]).entries()) one(item, `${path}[${index}]`, findings);
  };
}

function mapVisitor(field: DescField & { fieldKind: "map" }): Visit | undefined {
  const item = itemVisitor(field);
  const entryIsText = field.scalar === ScalarType.STRING;
  if (field.mapKey !== ScalarType.STRING && item === undefined) return undefined;
  return (value, path, findings) => {
    for (const [key, entry] of Object.entries(value as object)) {
      // The usual entry is two good texts, and needs no path to be built.
      if (entryIsText && isStorable(key) && isStorable(entry)) continue;
      visitText(key, mapKeyPath(path, key), findings);
      item?.(entry, mapKeyPath(path, key), findings);
    }
  };
}

function itemVisitor(field: DescField): Visit | undefined {
  if (field.scalar === ScalarType.STRING) return visitText;
  if (field.message === undefined) return undefined;
  const visit = messageVisitor(field.message);
  return (value, path, findings) => visit(value, `${path}.`, findings);
}

function visitText(value: unknown, path: string, findings: Findings): void {
  if (!isStorable(value as string)) noteUnstorableText(findings, path);
}

// protobuf-es unwraps these into plain values, which the visitors above would not recognize.
function assertInspectable(type: DescMessage): void {
  if (/^google\.protobuf\.(Struct|Value|ListValue|Any|\w+Value)$/.test(type.typeName)) {
    throw new Error(`${type.typeName} cannot be inspected; do not use it in requests`);
  }
}
