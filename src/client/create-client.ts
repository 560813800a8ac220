import { setMaxListeners } from "node:events";
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { AdminService } from "../gen/wallet/v1/admin_service_pb.js";
import { WalletService } from "../gen/wallet/v1/wallet_service_pb.js";
import { type ClientTls, openConnection, type Protocol } from "./connection.js";
import { type RetryPolicy, retryPolicyOf } from "./retry.js";
import { type TokenSource, walletTransport } from "./wallet-transport.js";

/** Where the service is, who is calling, and how patiently. */
export interface WalletClientOptions {
  /** The service's address, for example `http://localhost:50051`; `https:` for TLS. */
  readonly baseUrl: string;
  /** What is spoken at that address. Unset: `grpc`. */
  readonly protocol?: Protocol;
  /** How to speak TLS, where not as usual. */
  readonly tls?: ClientTls;
  /**
   * The JWT of the caller. A function is asked before every attempt. Unset: calls carry none, and are made by whom the
   * certificate in `tls` stands for.
   */
  readonly token?: TokenSource;
  /**
   * How long a unary call lasts at most, all attempts included, in milliseconds; 0 for ever. Unset: 30,000. The
   * option `timeoutMs` of a call comes before it. Streams last as long as their own option says.
   */
  readonly timeoutMs?: number;
  /** How unary calls are tried again. Streams are not. */
  readonly retry?: Partial<RetryPolicy>;
}

/** The two services, with typed stubs. Every method that fails throws a `WalletApiError`. */
export interface WalletClient {
  readonly wallet: Client<typeof WalletService>;
  readonly admin: Client<typeof AdminService>;
  /** Closes the connections and ends all that is under way. The client cannot be used again. */
  close(): void;
}

const timeoutMsDefault = 30_000;

/** Makes a client of the service. Nothing is sent before the first call. @throws RangeError for a retry policy that cannot be. */
export function createWalletClient(options: WalletClientOptions): WalletClient {
  const { baseUrl, protocol = "grpc", token, timeoutMs = timeoutMsDefault, tls = {} } = options;
  const retry = retryPolicyOf(options.retry);
  const connection = openConnection(baseUrl, protocol, tls);
  const closing = new AbortController();
  // Every pause of every call listens to it, and more than ten of them are no leak.
  setMaxListeners(0, closing.signal);
  const transport = walletTransport(connection.transport, {
    token,
    timeoutMs,
    retry,
    closed: closing.signal,
  });
  return {
    wallet: createClient(WalletService, transport),
    admin: createClient(AdminService, transport),
    close() {
      closing.abort(new ConnectError("the client was closed", Code.Canceled));
      connection.close();
    },
  };
}
