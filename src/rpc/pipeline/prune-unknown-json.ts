import type { DescField, DescMessage, JsonObject, JsonValue } from "@bufbuild/protobuf";
import { mapKeyPath } from "./field-path.js";
import { type Findings, noteUnknownField } from "./findings.js";

/** Takes the members out of a JSON request that its type does not know, and notes each one. */
export function pruneUnknownJson(type: DescMessage, json: JsonValue, findings: Findings): void {
  pruneMessage(type, json, "", findings);
}

function pruneMessage(type: DescMessage, json: JsonValue, path: string, findings: Findings): void {
  // Well-known types have JSON forms of their own: a timestamp is a string.
  if (!isObject(json) || type.typeName.startsWith("google.protobuf.")) return;
  for (const [key, value] of Object.entries(json)) {
    const field = type.fields.find(({ name, jsonName }) => key === name || key === jsonName);
    if (field === undefined) {
      noteUnknownField(findings, path, key.slice(0, 64));
      delete json[key];
    } else {
      pruneField(field, value, path + field.name, findings);
    }
  }
}

function pruneField(field: DescField, value: JsonValue, path: string, findings: Findings): void {
  const { message } = field;
  if (message === undefined) return;
  if (field.fieldKind === "message") pruneMessage(message, value, `${path}.`, findings);
  if (field.fieldKind === "list" && Array.isArray(value)) {
    for (const [index, item] of value.entries()) pruneMessage(message, item, `${path}[${index}].`, findings);
  }
  if (field.fieldKind === "map" && isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      pruneMessage(message, item, `${mapKeyPath(path, key)}.`, findings);
    }
  }
}

function isObject(json: JsonValue): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
