import { type Client, Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { readConfig } from "../src/config.js";
import { openJwtSecret } from "../src/embedded/jwt-secret.js";
import { Health, HealthCheckResponse_ServingStatus } from "../src/gen/health/v1/health_pb.js";
import { WalletService } from "../src/gen/wallet/v1/wallet_service_pb.js";
import { issueToken } from "../src/rpc/access/issue-token.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** A running service, spoken to over gRPC. */
export interface Connection {
  readonly wallet: Client<typeof WalletService>;
  close(): void;
}

/** Something is not as it should be; the message is for the person at the terminal. */
export class DemoError extends Error {
  override name = "DemoError";
}

const callTimeoutMs = 10_000;
const tokenSeconds = 600;

/** Where the service is, as host and port. */
export function addressOf(env: Environment): string {
  return env.WALLET_ADDRESS || "127.0.0.1:50051";
}

/** Finds the service, then a token for it. Rejects with a DemoError when there is no service. */
export async function connect(env: Environment): Promise<Connection> {
  const baseUrl = `http://${addressOf(env)}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  const options = { baseUrl, sessionManager, defaultTimeoutMs: callTimeoutMs };
  const close = () => sessionManager.abort();
  try {
    await assertServing(createClient(Health, createGrpcTransport(options)), addressOf(env));
    const token = env.WALLET_TOKEN || (await localToken(env));
    const authorize: Interceptor = (next) => (request) => {
      request.header.set("authorization", `Bearer ${token}`);
      return next(request);
    };
    const transport = createGrpcTransport({ ...options, interceptors: [authorize] });
    return { wallet: createClient(WalletService, transport), close };
  } catch (error) {
    close();
    throw error;
  }
}

async function assertServing(health: Client<typeof Health>, address: string): Promise<void> {
  const { status } = await health.check({}).catch((error: unknown) => {
    const code = ConnectError.from(error).code;
    if (code !== Code.Unavailable && code !== Code.DeadlineExceeded) throw error;
    throw new DemoError(
      `No service answers on ${address}. Start it with \`npm start\`, or set WALLET_ADDRESS to where it is.`,
    );
  });
  if (status !== HealthCheckResponse_ServingStatus.SERVING) {
    throw new DemoError(`The service on ${address} is there, but not serving.`);
  }
}

/** An admin's token, signed like that of `wallet token`. */
async function localToken(env: Environment): Promise<string> {
  const config = readConfig(env);
  const keys = config.tokenKeys ?? { secret: await openJwtSecret(config.dataDir) };
  if (!("secret" in keys)) throw new DemoError("This service takes no tokens made here: set WALLET_TOKEN.");
  const { jwtIssuer: issuer, jwtAudience: audience } = config;
  const bearer = { subject: "demo", role: "admin", ttlSeconds: tokenSeconds } as const;
  return issueToken({ secret: keys.secret, issuer, audience, ...bearer });
}
