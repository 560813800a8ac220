import { expect } from "chai";
import { addressBlock, peerBlock } from "../../../src/rpc/limits/address-block.js";

describe("the block that an address is counted by", () => {
  const cases: [address: string, block: string][] = [
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["::FFFF:192.0.2.7", "192.0.2.7"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
    ["2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
    ["2001:DB8:1:3::1", "2001:db8:1:3::/64"],
    ["2001:db8::5", "2001:db8:0:0::/64"],
    ["2001:db8:0:0:5::", "2001:db8:0:0::/64"],
    ["fe80::1:2:3:4%eth0", "fe80:0:0:0::/64"],
    ["64:ff9b::192.0.2.7", "64:ff9b:0:0::/64"],
    ["unknown", "unknown"],
    ["", ""],
  ];
  for (const [address, block] of cases) {
    it(`of "${address}" is "${block}", with a port too`, () => {
      expect(addressBlock(address)).to.equal(block);
      if (address !== "") expect(peerBlock(`${address}:50051`)).to.equal(block);
    });
  }

  it("of a peer without a port is that of the peer", () => {
    expect(peerBlock("unknown")).to.equal("unknown");
  });
});
