import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { WalletService } from "../../src/gen/wallet/v1/wallet_service_pb.js";

/** Typed stubs over native gRPC, for one caller: they find out what is asked for. */
export function walletClient(port: number, token: string): Client<typeof WalletService> {
  const authorize: Interceptor = (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
  const transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}`, interceptors: [authorize] });
  return createClient(WalletService, transport);
}
