import {
  type DescMessage,
  fromBinary,
  fromJson,
  fromJsonString,
  type JsonValue,
  type Message,
} from "@bufbuild/protobuf";
import { WalletError } from "../../ledger/wallet-error.js";
import { cleanJson } from "./clean-json.js";
import type { Findings } from "./findings.js";
import { type RequestBody, requestBytesMax } from "./request-body.js";

/** Decodes a request, or throws `MESSAGE_TOO_LARGE` or `MALFORMED_MESSAGE`. */
export function decodeRequest(type: DescMessage, body: RequestBody, findings: Findings): Message {
  if (body.size > requestBytesMax) {
    throw new WalletError("MESSAGE_TOO_LARGE", `the request is larger than ${requestBytesMax} bytes`, {
      metadata: { size_max: String(requestBytesMax) },
    });
  }
  if (body.problem !== undefined) throw malformed(type, body.problem);
  try {
    return body.format === "json" ? decodeJson(type, body.bytes, findings) : fromBinary(type, body.bytes);
  } catch (cause) {
    throw malformed(type, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function malformed({ typeName }: DescMessage, why: string, cause?: unknown): WalletError {
  const metadata = { type: typeName };
  return new WalletError("MALFORMED_MESSAGE", `the request is not a valid ${typeName}: ${why}`, {
    metadata,
    cause,
  });
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true });

// Strictly first: the usual request has no unknown field, and protobuf-es ignores unknown enum names along with
// unknown fields, which would turn a misspelled filter into no filter.
function decodeJson(type: DescMessage, bytes: Uint8Array, findings: Findings): Message {
  const text = strictUtf8.decode(bytes);
  try {
    return fromJsonString(type, text);
  } catch (error) {
    if (error instanceof SyntaxError) throw error;
    const json = JSON.parse(text) as JsonValue;
    cleanJson(type, json, findings);
    if (findings.unknown.length === 0 && findings.text.length === 0) throw error;
    return fromJson(type, json);
  }
}
