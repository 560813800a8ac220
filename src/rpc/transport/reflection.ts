import { type DescFile, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import type { Server } from "@grpc/grpc-js";
import type { EnumTypeDefinition } from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";
import { file_google_rpc_error_details } from "../../gen/google/rpc/error_details_pb.js";
import { file_google_rpc_status } from "../../gen/google/rpc/status_pb.js";
import { file_health_v1_health } from "../../gen/health/v1/health_pb.js";
import { services } from "../pipeline/rpc.js";

/**
 * Adds server reflection, v1 and v1alpha, to a server. Besides the services it describes the error details, so that
 * grpcurl prints reasons as text. Needs no token.
 */
export function addReflection(server: Server): void {
  const roots = [
    ...services.map(({ file }) => file),
    file_google_rpc_error_details,
    file_google_rpc_status,
    file_health_v1_health,
  ];
  const files = withDependencies(roots).map(({ proto }) =>
    Buffer.from(toBinary(FileDescriptorProtoSchema, proto)),
  );
  new ReflectionService({ everything: definitionOf(files) }).addToServer(server);
}

// Reflection reads nothing but the files of a definition. Loading them with proto-loader would make definitions too,
// but it merges files by package and forgets which fields are optional.
function definitionOf(fileDescriptorProtos: Buffer[]): EnumTypeDefinition {
  return { format: "Protocol Buffer 3 EnumDescriptorProto", type: {}, fileDescriptorProtos };
}

// A file comes after the files it imports.
function withDependencies(files: readonly DescFile[]): DescFile[] {
  const found = new Set<DescFile>();
  const visit = (file: DescFile) => {
    if (found.has(file)) return;
    file.dependencies.forEach(visit);
    found.add(file);
  };
  files.forEach(visit);
  return [...found];
}
