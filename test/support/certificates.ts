import { webcrypto } from "node:crypto";
// Brings the metadata of decorators along, without which x509 does not load.
import "typeorm";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** A certificate and its private key, as PEM. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate says of its bearer. */
export interface Bearer {
  /** The common name. */
  readonly name: string;
  /** Its URIs, such as a SPIFFE id. */
  readonly uris?: readonly string[];
  /** Whether it is a server, at 127.0.0.1 and localhost, or a client. */
  readonly use: "server" | "client";
  /** Unset: an hour from now. */
  readonly notAfter?: Date;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const hourMs = 3_600_000;

/** Who signs certificates. */
export class Authority {
  /** Its own certificate, as PEM. */
  readonly cert: string;
  readonly #own: X509Certificate;
  readonly #keys: webcrypto.CryptoKeyPair;

  private constructor(own: X509Certificate, keys: webcrypto.CryptoKeyPair) {
    this.cert = `${own.toString("pem")}\n`;
    this.#own = own;
    this.#keys = keys;
  }

  static async create(name: string): Promise<Authority> {
    const keys = await newKeys();
    const own = await X509CertificateGenerator.createSelfSigned({
      name: `CN=${name}`,
      keys,
      notBefore: new Date(Date.now() - hourMs),
      notAfter: new Date(Date.now() + hourMs),
      signingAlgorithm: algorithm,
      extensions: [new BasicConstraintsExtension(true, 1, true)],
    });
    return new Authority(own, keys);
  }

  async issue({ name, uris = [], use, notAfter = new Date(Date.now() + hourMs) }: Bearer): Promise<Issued> {
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.create({
      subject: `CN=${name}`,
      issuer: this.#own.subject,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      notBefore: new Date(Date.now() - hourMs),
      notAfter,
      signingAlgorithm: algorithm,
      extensions: extensionsOf(use, uris),
    });
    return { cert: `${certificate.toString("pem")}\n`, key: await pemOf(keys.privateKey) };
  }
}

function extensionsOf(use: Bearer["use"], uris: readonly string[]): Extension[] {
  const names = [
    ...uris.map((value) => ({ type: "url" as const, value })),
    ...(use === "client"
      ? []
      : [
          { type: "dns" as const, value: "localhost" },
          { type: "ip" as const, value: "127.0.0.1" },
        ]),
  ];
  const usage = use === "client" ? ExtendedKeyUsage.clientAuth : ExtendedKeyUsage.serverAuth;
  const extensions: Extension[] = [new ExtendedKeyUsageExtension([usage])];
  if (names.length > 0) extensions.push(new SubjectAlternativeNameExtension(names));
  return extensions;
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{64}/g, "$&\n").trim()}\n-----END PRIVATE KEY-----\n`;
}
