import { expect } from "chai";
import type { App } from "../../src/app.js";
import { bannerOf } from "../../src/banner.js";
import { readConfig } from "../../src/config.js";

const app = { grpcPort: 1, httpPort: 2, metricsPort: 3 } as App;
const files = { TLS_CERT: "c", TLS_KEY: "k" };

describe("the banner", () => {
  it("has lines for a service in the clear", () => {
    const text = bannerOf(readConfig({}), app, "t");
    expect(text).to.include('grpcurl -plaintext -H "authorization: Bearer t"');
    expect(text).to.include('curl -s -H "authorization: Bearer t"').and.include("http://127.0.0.1:2/wallet");
    expect(text).to.not.include("ca.pem");
  });

  it("has lines for a service with TLS", () => {
    const text = bannerOf(readConfig(files), app, "t");
    expect(text)
      .to.match(/gRPC +127\.0\.0\.1:1 +TLS\n/)
      .and.match(/HTTP +https:\/\/127\.0\.0\.1:2 /);
    expect(text).to.include('grpcurl -cacert ca.pem -H "authorization').and.not.include("-plaintext");
    expect(text)
      .to.include('curl -s --cacert ca.pem -H "authorization')
      .and.include("https://127.0.0.1:2/wallet");
    expect(text).to.include("http://127.0.0.1:3/metrics").and.include("ca.pem is the authority");
  });

  it("has lines for a service that asks for certificates", () => {
    const text = bannerOf(readConfig({ ...files, TLS_CLIENT_CA: "a" }), app, "t");
    expect(text).to.include("grpcurl -cacert ca.pem -cert client.pem -key client-key.pem -H");
    expect(text).to.include("curl -s --cacert ca.pem --cert client.pem --key client-key.pem -H");
  });
});
