import {
  type DescField,
  type DescMessage,
  type JsonObject,
  type JsonValue,
  ScalarType,
} from "@bufbuild/protobuf";
import { mapKeyPath } from "./field-path.js";
import { type Findings, noteUnknownField, noteUnstorableText } from "./findings.js";
import { isStorable } from "./storable-text.js";

/**
 * Takes out of a JSON request what its type does not know and the texts that cannot be stored, and notes each one, so
 * that the rest can be decoded and the findings reported in their place.
 */
export function cleanJson(type: DescMessage, json: JsonValue, findings: Findings): void {
  cleanMessage(type, json, "", findings);
}

function cleanMessage(type: DescMessage, json: JsonValue, path: string, findings: Findings): void {
  // Well-known types have JSON forms of their own: a timestamp is a string.
  if (!isObject(json) || type.typeName.startsWith("google.protobuf.")) return;
  for (const [key, value] of Object.entries(json)) {
    const field = type.fields.find(({ name, jsonName }) => key === name || key === jsonName);
    if (field === undefined) {
      noteUnknownField(findings, path, JSON.stringify(key.slice(0, 64)).slice(1, -1));
      delete json[key];
    } else if (field.fieldKind === "list" && Array.isArray(value)) {
      const items = value.map((item, index) =>
        cleanItem(field, item, `${path}${field.name}[${index}]`, findings),
      );
      json[key] = items;
    } else if (field.fieldKind === "map" && isObject(value)) {
      json[key] = cleanMap(field, value, path + field.name, findings);
    } else {
      json[key] = cleanItem(field, value, path + field.name, findings);
    }
  }
}

function cleanMap(field: DescField, map: JsonObject, path: string, findings: Findings): JsonObject {
  const cleaned = Object.entries(map).map(([key, value]) => {
    const keyPath = mapKeyPath(path, key);
    return [cleanText(key, keyPath, findings), cleanItem(field, value, keyPath, findings)];
  });
  return Object.fromEntries(cleaned);
}

function cleanItem(field: DescField, value: JsonValue, path: string, findings: Findings): JsonValue {
  if (field.message !== undefined) cleanMessage(field.message, value, `${path}.`, findings);
  const isText = field.scalar === ScalarType.STRING && typeof value === "string";
  return isText ? cleanText(value, path, findings) : value;
}

function cleanText(text: string, path: string, findings: Findings): string {
  if (isStorable(text)) return text;
  noteUnstorableText(findings, path);
  return "";
}

function isObject(json: JsonValue): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
