// What `@grpc/grpc-js` can answer at most: a unary method that decodes nothing and answers every request with the same
// bytes. `echo.js <path of the method> <bytes of the answer>`; it prints its addresses as the service does.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, ServerCredentials, type ServiceDefinition } from "@grpc/grpc-js";

const [path = "", size] = process.argv.slice(2);
const answer = Buffer.alloc(Number(size), 1);
const asItIs = (bytes: Buffer): Buffer => bytes;

const definition: ServiceDefinition = {
  echo: {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: asItIs,
    requestDeserialize: asItIs,
    responseSerialize: asItIs,
    responseDeserialize: asItIs,
  },
};

const server = new Server();
server.addService(definition, {
  echo: (_call: unknown, answered: (error: null, bytes: Buffer) => void) => answered(null, answer),
});
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  console.log(`  gRPC      127.0.0.1:${port}`);
});
// Every server that is measured is asked for metrics; this one counts nothing.
const metrics = createServer((_request, response) => response.end());
metrics.listen(0, "127.0.0.1", () => {
  console.log(`  metrics   http://127.0.0.1:${(metrics.address() as AddressInfo).port}/metrics`);
});
process.on("SIGTERM", () => process.exit(0));
