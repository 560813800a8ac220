import { create, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import type { Metadata, StatusObject } from "@grpc/grpc-js";
import { StatusSchema } from "../../gen/google/rpc/status_pb.js";
import type { CallError } from "../pipeline/call-error.js";

/** An error as grpc-js sends it: the details travel as a `google.rpc.Status` in a trailer. */
export function grpcStatus(error: CallError, metadata: Metadata): StatusObject {
  if (error.details.length > 0) {
    const bytes = encoded.get(error) ?? encode(error);
    encoded.set(error, bytes);
    metadata.set("grpc-status-details-bin", bytes);
  }
  // The two enumerations have the same numbers.
  return { code: error.code as number, details: error.message, metadata };
}

// The error of an overload is one and the same for all calls, and should cost little when there are too many of them.
const encoded = new WeakMap<CallError, Buffer>();

function encode({ code, message, details }: CallError): Buffer {
  const packed = details.map(({ desc, value }) => anyPack(desc, value));
  return Buffer.from(toBinary(StatusSchema, create(StatusSchema, { code, message, details: packed })));
}
