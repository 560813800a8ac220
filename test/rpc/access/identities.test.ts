import { expect } from "chai";
import { openIdentities } from "../../../src/rpc/access/identities.js";
import { Files } from "../../support/files.js";

describe("the file of identities", () => {
  let files: Files;

  before(async () => {
    files = await Files.create();
  });
  after(() => files.remove());

  async function open(text: string) {
    const path = await files.write("identities.json", text);
    const identities = await openIdentities(path, { reloaded: () => {}, failed: () => {} });
    identities.close();
    return identities.current;
  }

  it("maps SPIFFE ids and common names to callers of their own issuer", async () => {
    const identities = await open(
      '{"spiffe://test/a/b":{"subject":"a|b","role":"service"},"CN=x y":{"subject":"x","role":"admin"}}',
    );
    expect(identities.get("spiffe://test/a/b")).to.deep.equal({
      ...{ issuer: "mtls", role: "service", subject: "a|b" },
      id: "mtls|service|a%7Cb",
    });
    expect(identities.get("CN=x y")?.id).to.equal("mtls|admin|x");
    expect(identities.get("CN=nobody")).to.equal(undefined);
    expect((await open("{}")).size).to.equal(0);
  });

  const bad: [text: string, problem: string][] = [
    ["", "the file is not JSON"],
    ["[]", "the file must be a JSON object"],
    [
      '{"billing":{"subject":"a","role":"service"}}',
      '"billing" is neither spiffe://<trust domain>/<path> nor CN=<common name>',
    ],
    ['{"CN=":{"subject":"a","role":"service"}}', '"CN=" is neither spiffe://'],
    ['{"spiffe://test":{"subject":"a","role":"service"}}', '"spiffe://test" is neither spiffe://'],
    ['{"CN=a":"service"}', '"CN=a" must be a JSON object'],
    ['{"CN=a":{"role":"service"}}', 'the subject of "CN=a" must be 1 to 64 characters'],
    ['{"CN=a":{"subject":"a"}}', 'the role of "CN=a" must be one of service, auditor, operator, admin'],
    [
      '{"CN=a":{"subject":"a","role":"holder"}}',
      'the role of "CN=a" must be one of service, auditor, operator, admin',
    ],
    [
      '{"CN=a":{"subject":"a","role":"admin","holder":"b"}}',
      '"CN=a" has a member "holder"; only subject and role are known',
    ],
  ];
  for (const [text, problem] of bad) {
    it(`is refused when ${text === "" ? "it is empty" : `it is ${text}`}`, async () => {
      const error = await open(text).catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(Error).with.property("name", "FilesError");
      expect(String(error)).to.include(`TLS_IDENTITIES cannot be used: ${problem}`);
    });
  }

  it("is refused when it is not there", async () => {
    const observer = { reloaded: () => {}, failed: () => {} };
    const error = await openIdentities(files.pathOf("none.json"), observer).catch(
      (caught: unknown) => caught,
    );
    expect(String(error)).to.match(/TLS_IDENTITIES names .*none\.json, which cannot be read \(ENOENT\)/);
  });
});
