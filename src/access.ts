import type { Logger } from "pino";
import type { Config, TlsConfig } from "./config.js";
import type { Metrics } from "./metrics.js";
import { type Authenticate, openAuthenticator } from "./rpc/access/authenticate.js";
import { boundedLines } from "./rpc/access/bounded-lines.js";
import { type Identities, openIdentities } from "./rpc/access/identities.js";
import type { TokenKeys } from "./rpc/access/token-keys.js";
import type { Watched } from "./rpc/access/watch-files.js";
import type { UnauthenticatedLimit } from "./rpc/limits/unauthenticated.js";
import { type Certificates, openCertificates } from "./rpc/tls/certificates.js";
import type { ListenerTls } from "./rpc/tls/listener-tls.js";

/** Who may come in, and how. */
export interface Access {
  /** How the listeners of calls speak TLS; null in the clear. */
  readonly tls: ListenerTls | null;
  /**
   * Begins to say who is calling.
   *
   * @param attempts holds an address to what it may try without being let in; null lets it try for ever.
   * @throws FilesError when the file of keys cannot be used.
   */
  openAuthenticator(keys: TokenKeys, attempts: UnauthenticatedLimit | null): Promise<Authenticate>;
  /** Stops looking for changes of files and keys. */
  close(): void;
}

/**
 * Opens what the configuration names, and keeps it current: each change that is used, or cannot be, is counted and told.
 *
 * @throws FilesError when a file cannot be used at the start.
 */
export async function openAccess(config: Config, log: Logger, metrics: Metrics): Promise<Access> {
  const closers: (() => void)[] = [];
  const close = () => {
    for (const closer of closers.splice(0)) closer();
  };
  const observe = (what: string) => observerOf(what, log, metrics);
  try {
    const { certificates, identities } = await openTls(config.tls, observe, closers);
    if (certificates !== null) tellExpiry(certificates, metrics);
    const notAdmitted = boundedLines((line) => log.warn(line, "a caller was not let in"));
    return {
      tls: certificates && { certificates, mutual: certificates.current.ca !== undefined },
      openAuthenticator: async (keys, attempts) => {
        const authenticator = await openAuthenticator({
          keys,
          issuer: config.jwtIssuer,
          audience: config.jwtAudience,
          identities,
          attempts,
          notAdmitted,
          keysObserver: observe("token keys"),
        });
        closers.push(() => authenticator.close());
        return authenticator;
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

async function openTls(
  tls: TlsConfig | null,
  observe: (what: string) => ReturnType<typeof observerOf>,
  closers: (() => void)[],
): Promise<{ certificates: Watched<Certificates> | null; identities: Watched<Identities> | null }> {
  if (tls === null) return { certificates: null, identities: null };
  const certificates = await openCertificates(tls, observe("certificates"));
  closers.push(() => certificates.close());
  if (tls.identities === null) return { certificates, identities: null };
  const identities = await openIdentities(tls.identities, observe("identities"));
  closers.push(() => identities.close());
  return { certificates, identities };
}

function observerOf(what: string, log: Logger, metrics: Metrics) {
  // What was never counted is not there, and an alert on its increase would miss the first time.
  for (const outcome of ["used", "failed"]) metrics.reloads.inc({ what, outcome }, 0);
  return {
    reloaded: () => {
      metrics.reloads.inc({ what, outcome: "used" });
      log.info({ what }, "a change is in use");
    },
    failed: (err: unknown) => {
      metrics.reloads.inc({ what, outcome: "failed" });
      log.warn({ what, err }, "a change cannot be used; what was there before stays in use");
    },
  };
}

function tellExpiry(certificates: Watched<Certificates>, { certificateExpireTime }: Metrics): void {
  const tell = ({ expireTimeMs }: Certificates) => certificateExpireTime.set(expireTimeMs / 1_000);
  tell(certificates.current);
  certificates.onChange(tell);
}
