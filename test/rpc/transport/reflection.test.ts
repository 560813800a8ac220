import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { loadSync, type MethodDefinition, type ServiceDefinition } from "@grpc/proto-loader";
import { expect } from "chai";
import { services } from "../../../src/rpc/pipeline/rpc.js";
import { openRig, type Rig } from "../wire.js";

interface ReflectionReply {
  listServicesResponse?: { service: { name: string }[] };
  fileDescriptorResponse?: { fileDescriptorProto: Buffer[] };
  errorResponse?: { errorMessage: string };
}

describe("reflection", () => {
  let rig: Rig;

  before(async () => {
    rig = await openRig();
  });

  after(async () => rig.close());

  async function ask(version: string, question: object): Promise<ReflectionReply> {
    const folder = join(dirname(createRequire(import.meta.url).resolve("@grpc/reflection")), "../proto");
    const definition = loadSync(join(folder, `grpc/reflection/${version}/reflection.proto`));
    const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
    const service = definition[`grpc.reflection.${version}.ServerReflection`] as ServiceDefinition;
    const { requestSerialize, responseDeserialize } = service.ServerReflectionInfo as MethodDefinition<
      object,
      ReflectionReply
    >;
    return new Promise((resolve, reject) => {
      const stream = rig.client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
      stream.once("data", resolve);
      stream.once("error", reject);
      stream.write(question);
      stream.end();
    });
  }

  async function filesOf(symbol: string): Promise<FileDescriptorProto[]> {
    const reply = await ask("v1", { fileContainingSymbol: symbol });
    const files = reply.fileDescriptorResponse?.fileDescriptorProto ?? [];
    return files.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  }

  for (const version of ["v1", "v1alpha"]) {
    it(`lists the services, in ${version}`, async () => {
      const reply = await ask(version, { listServices: "*" });
      const names = reply.listServicesResponse?.service.map(({ name }) => name);
      expect(names).to.include.members([
        ...services.map(({ typeName }) => typeName),
        "grpc.health.v1.Health",
      ]);
    });
  }

  it("describes every service with every file that its files import", async () => {
    for (const { typeName, methods } of services) {
      const files = await filesOf(typeName);
      const described = files
        .flatMap(({ service }) => service)
        .find(({ name }) => typeName.endsWith(`.${name}`));
      expect(described?.method.map(({ name }) => name)).to.have.members(methods.map(({ name }) => name));
      for (const { dependency } of files) {
        for (const name of dependency) {
          const reply = await ask("v1", { fileByFilename: name });
          expect(reply.errorResponse, name).to.not.be.an("object");
        }
      }
    }
  });

  it("describes the error details, so that clients can print reasons", async () => {
    for (const symbol of [
      "google.rpc.ErrorInfo",
      "google.rpc.BadRequest",
      "google.rpc.RetryInfo",
      "google.rpc.Status",
    ]) {
      const messages = (await filesOf(symbol)).flatMap(({ messageType }) =>
        messageType.map(({ name }) => name),
      );
      expect(messages).to.include(symbol.split(".").at(-1));
    }
  });

  it("keeps what is optional optional", async () => {
    const files = await filesOf("wallet.v1.TransferRequest");
    const type = files
      .flatMap(({ messageType }) => messageType)
      .find(({ name }) => name === "TransferRequest");
    expect(type?.field.find(({ name }) => name === "expected_version")?.proto3Optional).to.equal(true);
  });
});
