import { generateKeyPairSync } from "node:crypto";
import { expect } from "chai";
import { openCertificates } from "../../../src/rpc/tls/certificates.js";
import { Authority, type Issued } from "../../support/certificates.js";
import { Files } from "../../support/files.js";

describe("the files of certificates", () => {
  let files: Files;
  let authority: Authority;
  let own: Issued;

  before(async () => {
    files = await Files.create();
    authority = await Authority.create("authority");
    own = await authority.issue({ name: "wallet", use: "server" });
  });
  after(() => files.remove());

  async function open({
    cert = own.cert,
    key = own.key,
    ca = authority.cert,
  }: Partial<Issued> & { ca?: string }) {
    const paths = {
      cert: await files.write("cert.pem", cert),
      key: await files.write("key.pem", key),
      clientCa: await files.write("ca.pem", ca),
    };
    const certificates = await openCertificates(paths, { reloaded: () => {}, failed: () => {} });
    certificates.close();
    return certificates.current;
  }

  it("may hold a chain, several authorities, comments, and the key beside the certificate", async () => {
    const other = await Authority.create("other");
    const chain = { cert: `${own.cert}\n${authority.cert}`, ca: `# two\n${authority.cert}\n${other.cert}` };
    const { expireTimeMs } = await open(chain);
    expect(expireTimeMs).to.be.within(Date.now(), Date.now() + 3_600_000);
    await open({ cert: own.cert + own.key });
  });

  it("are refused with the variable that is wrong, and without what they hold", async () => {
    const stranger = await authority.issue({ name: "stranger", use: "server" });
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    const locked = privateKey.export({
      type: "pkcs8",
      format: "pem",
      cipher: "aes-256-cbc",
      passphrase: "x",
    });
    const noKey = "TLS_KEY holds no private key that can be read without a passphrase";
    const bad: [files: Parameters<typeof open>[0], problem: string][] = [
      [{ cert: "" }, "TLS_CERT does not hold whole PEM certificates"],
      [{ cert: own.cert.slice(0, -40) }, "TLS_CERT does not hold whole PEM certificates"],
      [{ cert: own.cert.replace(/^MII/m, "AAA") }, "TLS_CERT holds a certificate that cannot be read"],
      [{ key: "" }, noKey],
      [{ key: own.key.slice(0, 60) }, noKey],
      [{ key: String(locked) }, noKey],
      [{ key: stranger.key }, "TLS_KEY is not the key of the first certificate in TLS_CERT"],
      [{ ca: "" }, "TLS_CLIENT_CA does not hold whole PEM certificates"],
      [{ ca: authority.cert + own.cert.slice(0, 100) }, "TLS_CLIENT_CA does not hold whole PEM certificates"],
    ];
    for (const [some, problem] of bad) {
      const error = await open(some).catch((caught: unknown) => caught);
      expect(String(error)).to.equal(`FilesError: The configuration cannot be used:\n  ${problem}`);
    }
  });

  it("are refused when one is not there, with its path", async () => {
    const paths = { cert: files.pathOf("cert.pem"), key: files.pathOf("none.pem"), clientCa: null };
    const error = await openCertificates(paths, { reloaded: () => {}, failed: () => {} }).catch(
      (caught) => caught,
    );
    expect(String(error)).to.match(/TLS_KEY names .*none\.pem, which cannot be read \(ENOENT\)/);
  });
});
