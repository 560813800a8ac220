import { Agent, request as httpsRequest } from "node:https";
import { Client, credentials } from "@grpc/grpc-js";
import { openAuthenticator } from "../../../src/rpc/access/authenticate.js";
import { openIdentities } from "../../../src/rpc/access/identities.js";
import type { UnauthenticatedLimit } from "../../../src/rpc/limits/unauthenticated.js";
import type { Call } from "../../../src/rpc/pipeline/call.js";
import { openCertificates } from "../../../src/rpc/tls/certificates.js";
import type { ConnectionLimits } from "../../../src/rpc/transport/connections.js";
import { Authority, type Issued } from "../../support/certificates.js";
import { Files } from "../../support/files.js";
import { audience, call, getBalanceRpc, issuer, openRig, type Rig, secret } from "../wire.js";

/** Listeners that speak TLS with files that a test changes. */
export interface TlsRig {
  readonly rig: Rig;
  readonly files: Files;
  /** Who signed the listeners' certificate. */
  readonly servers: Authority;
  /** Whose certificates the listeners accept. */
  readonly clients: Authority;
  /** What became of the files so far. */
  readonly told: { reloaded: number; failed: string[] };
  /** The callers of the calls that were let in, in their order. */
  readonly callers: string[];
  close(): Promise<void>;
}

/** What the listeners are to be like. */
export interface TlsRigOptions {
  /** Whether callers must have certificates; then there is a file of identities. */
  readonly mutual: boolean;
  readonly identities?: object;
  /** Without limits unless it is given. */
  readonly attempts?: UnauthenticatedLimit | null;
  readonly connectionLimits?: ConnectionLimits;
}

/** Starts such listeners. */
export async function openTlsRig(options: TlsRigOptions): Promise<TlsRig> {
  const {
    mutual,
    identities = {},
    attempts = null,
    connectionLimits = { max: 0, perAddressMax: 0 },
  } = options;
  const [files, servers, clients] = await Promise.all([
    Files.create(),
    Authority.create("servers"),
    Authority.create("clients"),
  ]);
  await writeServer(files, await servers.issue({ name: "wallet", use: "server" }));
  await files.write("ca.pem", clients.cert);
  await files.write("identities.json", JSON.stringify(identities));
  const told = { reloaded: 0, failed: [] as string[] };
  const observer = {
    reloaded: () => {
      told.reloaded++;
    },
    failed: (problem: unknown) => told.failed.push(String(problem)),
  };
  const paths = { cert: files.pathOf("cert.pem"), key: files.pathOf("key.pem") };
  const clientCa = mutual ? files.pathOf("ca.pem") : null;
  const certificates = await openCertificates({ ...paths, clientCa }, observer, 1);
  const watched = mutual ? await openIdentities(files.pathOf("identities.json"), observer, 1) : null;
  const authenticate = await openAuthenticator({
    ...{ keys: { secret }, issuer, audience, attempts },
    identities: watched,
  });
  const callers: string[] = [];
  const getBalance = async (_: object, { caller }: Call) => {
    callers.push(caller.id);
    return { walletId: caller.subject };
  };
  const rig = await openRig(
    { wallet: { getBalance } },
    { authenticate, tls: { certificates, mutual }, connectionLimits },
  );
  return {
    ...{ rig, files, servers, clients, told, callers },
    async close() {
      certificates.close();
      watched?.close();
      await rig.close();
      await files.remove();
    },
  };
}

/** How often a listener has refused a connection for a problem, as `/metrics` tells. */
export async function refusedSoFar({ rig }: TlsRig, listener: string, problem: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${rig.listeners.metricsPort}/metrics`)).text();
  const name = `wallet_connections_refused_total{listener="${listener}",problem="${problem}"} `;
  const line = text.split("\n").find((one) => one.startsWith(name));
  return Number(line?.slice(name.length) ?? 0);
}

/** Puts another certificate with its key in the place of the listeners' own. */
export async function writeServer(files: Files, { cert, key }: Issued): Promise<void> {
  await files.write("cert.pem", cert);
  await files.write("key.pem", key);
}

/** How a caller sets about it. */
export interface Approach {
  /** The authority it trusts. */
  readonly ca: string;
  /** Its own certificate. */
  readonly own?: Issued | undefined;
  readonly token?: string | undefined;
}

/** A client of the gRPC port. Close it. */
export function grpcClient({ rig }: TlsRig, { ca, own }: Approach): Client {
  const key = own === undefined ? null : Buffer.from(own.key);
  const cert = own === undefined ? null : Buffer.from(own.cert);
  const secure = credentials.createSsl(Buffer.from(ca), key, cert);
  return new Client(`127.0.0.1:${rig.listeners.grpcPort}`, secure, {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.ssl_target_name_override": "localhost",
  });
}

/** Calls GetBalance over native gRPC on a connection of its own. Its code and reason. */
export async function overGrpc(tls: TlsRig, approach: Approach): Promise<string> {
  const client = grpcClient(tls, approach);
  const headers = approach.token === undefined ? {} : { authorization: `Bearer ${approach.token}` };
  const { code, reason } = await call(client, getBalanceRpc, new Uint8Array(), headers);
  client.close();
  return reason === undefined ? code : `${code} ${reason}`;
}

/** The same over HTTP. Of a connection that was not taken, `ended`. */
export async function overHttps({ rig }: TlsRig, { ca, own, token }: Approach): Promise<string> {
  const agent = new Agent({ ca, ...own, maxCachedSessions: 0 });
  const headers = {
    "content-type": "application/json",
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const address = { host: "127.0.0.1", port: rig.listeners.httpPort, path: `/${getBalanceRpc}` };
  return new Promise((resolve) => {
    const request = httpsRequest({ ...address, method: "POST", headers, agent }, async (response) => {
      let text = "";
      for await (const part of response) text += part;
      resolve(response.statusCode === 200 ? "OK" : (/"reason":"(\w+)"/.exec(text)?.[1] ?? text));
    });
    request.on("error", () => resolve("ended"));
    request.end("{}");
  });
}
