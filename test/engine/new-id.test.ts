import { expect } from "chai";
import { validate, version } from "uuid";
import { newId } from "../../src/engine/new-id.js";

describe("a new id", () => {
  it("is a UUIDv7 of this moment", () => {
    const before = Date.now();
    const id = newId();
    expect(validate(id) && version(id)).to.equal(7);
    expect(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)).to.be.within(before, Date.now());
  });

  it("is above every id before it, over many pools of random bytes", () => {
    const ids = Array.from({ length: 10_000 }, newId);
    expect(ids).to.deep.equal([...new Set(ids)].sort());
  });
});
