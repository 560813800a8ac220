import type { PeerCertificate } from "node:tls";
import { expect } from "chai";
import { certificateName } from "../../../src/rpc/access/certificate-name.js";

/** What a certificate with this common name and these alternative names, as Node.js prints them, is called. */
function nameOf(commonName: unknown, subjectaltname?: string): string | undefined {
  return certificateName({ subject: { CN: commonName }, subjectaltname } as unknown as PeerCertificate);
}

describe("the name of a certificate", () => {
  it("is its SPIFFE id, whatever else it says", () => {
    expect(nameOf("nightly", "URI:spiffe://test/a")).to.equal("spiffe://test/a");
    expect(nameOf("x", "DNS:localhost, URI:spiffe://test/a/b, IP Address:127.0.0.1")).to.equal(
      "spiffe://test/a/b",
    );
  });

  it("is its common name when it has no URI", () => {
    expect(nameOf("nightly")).to.equal("CN=nightly");
    expect(nameOf("nightly", "DNS:localhost, email:a@b.test")).to.equal("CN=nightly");
  });

  it("is none when there are several of a kind, or another URI, or nothing", () => {
    expect(nameOf("x", "URI:spiffe://test/a, URI:spiffe://test/b")).to.equal(undefined);
    expect(nameOf("x", "URI:https://test/a")).to.equal(undefined);
    expect(nameOf(["one", "two"])).to.equal(undefined);
    expect(nameOf("")).to.equal(undefined);
    expect(certificateName({} as PeerCertificate)).to.equal(undefined);
  });

  it("cannot be smuggled in within another name", () => {
    expect(nameOf("x", 'DNS:"a, URI:spiffe://test/admin"')).to.equal("CN=x");
    expect(nameOf("x", 'DNS:"a\\", URI:spiffe://test/admin", URI:spiffe://test/a')).to.equal(
      "spiffe://test/a",
    );
    expect(nameOf("x", 'URI:"spiffe://test/a, b"')).to.equal(undefined);
    expect(nameOf("x", 'DNS:"a, URI:spiffe://test/admin')).to.equal(undefined);
  });
});
