import { create, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import type { Metadata, StatusObject } from "@grpc/grpc-js";
import { StatusSchema } from "../../gen/google/rpc/status_pb.js";
import type { CallError } from "../pipeline/call-error.js";

/** An error as grpc-js sends it: the details travel as a `google.rpc.Status` in a trailer. */
export function grpcStatus({ code, message, details }: CallError, metadata: Metadata): StatusObject {
  if (details.length > 0) {
    const status = create(StatusSchema, {
      code,
      message,
      details: details.map(({ desc, value }) => anyPack(desc, value)),
    });
    metadata.set("grpc-status-details-bin", Buffer.from(toBinary(StatusSchema, status)));
  }
  // The two enumerations have the same numbers.
  return { code: code as number, details: message, metadata };
}
