import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { FilesError, type NamedFile, type Watched, watchFiles } from "../access/watch-files.js";

/** What the listeners of calls prove themselves with, and which callers' certificates they accept. PEM. */
export interface Certificates {
  /** The listeners' certificate, with those between it and its authority. */
  readonly cert: Buffer;
  readonly key: Buffer;
  /** The authorities of callers' certificates; undefined where callers need none. */
  readonly ca: Buffer | undefined;
  /** When the listeners' certificate expires, in epoch milliseconds. */
  readonly expireTimeMs: number;
}

/** Where the files are, as the environment names them. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
  /** The authorities of callers' certificates. Null: callers need none. */
  readonly clientCa: string | null;
}

/** Who is told of what becomes of the files. */
export interface CertificateObserver {
  readonly reloaded: () => void;
  readonly failed: (problem: unknown) => void;
}

/**
 * Reads the certificates, and reads them again when the files change. A change that makes no sense, because a file is
 * half written or the key has not followed the certificate yet, leaves those from before in use.
 *
 * @throws FilesError when they cannot be used at the start.
 */
export async function openCertificates(
  { cert, key, clientCa }: CertificateFiles,
  { reloaded, failed }: CertificateObserver,
  intervalMs?: number,
): Promise<Watched<Certificates>> {
  const files: NamedFile[] = [
    { variable: "TLS_CERT", path: cert },
    { variable: "TLS_KEY", path: key },
  ];
  if (clientCa !== null) files.push({ variable: "TLS_CLIENT_CA", path: clientCa });
  return watchFiles({ files, read: readCertificates, intervalMs, reloaded, failed });
}

function readCertificates(contents: readonly Buffer[]): Certificates {
  const [cert, key, ca] = contents as [Buffer, Buffer, Buffer | undefined];
  const [own] = certificatesOf("TLS_CERT", cert);
  const privateKey = attempt("TLS_KEY holds no private key that can be read without a passphrase", () =>
    createPrivateKey(key),
  );
  if (own === undefined || !own.checkPrivateKey(privateKey)) {
    throw new FilesError("TLS_KEY is not the key of the first certificate in TLS_CERT");
  }
  if (ca !== undefined) certificatesOf("TLS_CLIENT_CA", ca);
  attempt("TLS_CERT, TLS_KEY and TLS_CLIENT_CA are not accepted by TLS", () =>
    createSecureContext({ cert, key, ca }),
  );
  return { cert, key, ca, expireTimeMs: Date.parse(own.validTo) };
}

const begin = /-----BEGIN CERTIFICATE-----/g;
const whole = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** OpenSSL passes over a certificate that is cut off, and would go on with one authority less. */
function certificatesOf(variable: string, pem: Buffer): X509Certificate[] {
  const text = pem.toString("latin1");
  const blocks = text.match(whole) ?? [];
  if (blocks.length === 0 || blocks.length !== text.match(begin)?.length) {
    throw new FilesError(`${variable} does not hold whole PEM certificates`);
  }
  return attempt(`${variable} holds a certificate that cannot be read`, () =>
    blocks.map((block) => new X509Certificate(block)),
  );
}

function attempt<T>(problem: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new FilesError(problem, cause);
  }
}
