import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { createWalletClient, type WalletClient } from "../src/client/client.js";
import { readConfig } from "../src/config.js";
import { openJwtSecret } from "../src/embedded/jwt-secret.js";
import { Health, HealthCheckResponse_ServingStatus } from "../src/gen/health/v1/health_pb.js";
import { issueToken } from "../src/rpc/access/issue-token.js";

type Environment = Readonly<Record<string, string | undefined>>;

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
export async function connect(env: Environment): Promise<WalletClient> {
  const baseUrl = `http://${addressOf(env)}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  try {
    const transport = createGrpcTransport({ baseUrl, sessionManager, defaultTimeoutMs: callTimeoutMs });
    await assertServing(createClient(Health, transport), addressOf(env));
  } finally {
    sessionManager.abort();
  }
  const token = env.WALLET_TOKEN || (await localToken(env));
  return createWalletClient({ baseUrl, token, timeoutMs: callTimeoutMs });
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
