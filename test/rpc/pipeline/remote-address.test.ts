import { expect } from "chai";
import { remoteAddressOf } from "../../../src/rpc/pipeline/remote-address.js";

describe("the remote address", () => {
  for (const [peer, address] of [
    ["192.0.2.7:50412", "192.0.2.7"],
    ["2001:db8::7:50412", "2001:db8::7"],
    ["::1:50412", "::1"],
    ["::ffff:192.0.2.7:50412", "192.0.2.7"],
    ["unknown", "unknown"],
  ] as const) {
    it(`of the peer ${peer} is ${address}`, () => {
      expect(remoteAddressOf(peer)).to.equal(address);
    });
  }
});
