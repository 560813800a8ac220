import { expect } from "chai";
import { byHolder, Code, createWalletClient, type WalletClient } from "../../src/client/client.js";
import { openTlsRig, type TlsRig } from "../rpc/tls/tls-rig.js";
import { tokenOf } from "../rpc/wire.js";
import { apiErrorOf, protocols } from "../support/client.js";

const spiffe = "spiffe://test/billing";
const request = { wallet: byHolder("alice"), asset: "gold" };

for (const protocol of protocols) {
  describe(`the client with TLS over ${protocol}`, () => {
    const opened: WalletClient[] = [];
    let tls: TlsRig;

    function clientOf(options: object): WalletClient {
      const { grpcPort, httpPort } = tls.rig.listeners;
      const baseUrl = `https://localhost:${protocol === "grpc" ? grpcPort : httpPort}`;
      const client = createWalletClient({ baseUrl, protocol, retry: { attemptsMax: 1 }, ...options });
      opened.push(client);
      return client;
    }

    afterEach(async () => {
      for (const client of opened.splice(0)) client.close();
      await tls.close();
    });

    it("calls with a token a service whose authority it is given, and no other", async () => {
      tls = await openTlsRig({ mutual: false });
      const token = await tokenOf("holder");
      const client = clientOf({ token, tls: { ca: tls.servers.cert } });
      expect((await client.wallet.getBalance(request)).walletId).to.equal("alice");
      for (const wrong of [{}, { tls: { ca: tls.clients.cert } }]) {
        const error = await apiErrorOf(clientOf({ token, ...wrong }).wallet.getBalance(request));
        expect([error.reason, error.safeToRetry]).to.deep.equal([undefined, true]);
        expect(error.message).to.not.include(token);
      }
      expect(tls.callers).to.have.length(1);
    });

    it("calls without a token as the one that its certificate stands for", async () => {
      tls = await openTlsRig({
        mutual: true,
        identities: { [spiffe]: { subject: "billing", role: "service" } },
      });
      const own = await tls.clients.issue({ name: "x", uris: [spiffe], use: "client" });
      const stranger = await tls.clients.issue({ name: "x", use: "client" });
      const ca = tls.servers.cert;
      expect((await clientOf({ tls: { ca, ...own } }).wallet.getBalance(request)).walletId).to.equal(
        "billing",
      );
      expect(tls.callers).to.deep.equal(["mtls|service|billing"]);
      const refused = await apiErrorOf(clientOf({ tls: { ca, ...stranger } }).wallet.getBalance(request));
      expect([refused.code, refused.reason]).to.deep.equal([Code.Unauthenticated, "TOKEN_MISSING"]);
      const without = await apiErrorOf(clientOf({ tls: { ca } }).wallet.getBalance(request));
      expect(without.reason).to.equal(undefined);
    });
  });
}
