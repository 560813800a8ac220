import { type Client, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { AdminService } from "../../src/gen/wallet/v1/admin_service_pb.js";
import { WalletService } from "../../src/gen/wallet/v1/wallet_service_pb.js";

/** Typed stubs over native gRPC, for one caller: they find out what is asked for. */
export function walletClient(port: number, token: string): Client<typeof WalletService> {
  return createClient(WalletService, transportTo(port, token));
}

/** The same for operators and auditors. */
export function adminClient(port: number, token: string): Client<typeof AdminService> {
  return createClient(AdminService, transportTo(port, token));
}

function transportTo(port: number, token: string): Transport {
  const authorize: Interceptor = (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
  return createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}`, interceptors: [authorize] });
}
