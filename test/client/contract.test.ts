import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { expect } from "chai";
import { AdminService, WalletService } from "../../src/client/client.js";
import { recordedReasons, unrecordedReasons } from "../../src/client/reason.js";
import { allReasons, isRecorded } from "../../src/ledger/reason.js";
import { contractRpcs } from "../rpc/contract-table.js";

describe("what the client knows of the contract", () => {
  it("is the service's closed set of reasons, and which of them are recorded", () => {
    expect(recordedReasons).to.have.members(allReasons.filter(isRecorded));
    expect(unrecordedReasons).to.have.members(allReasons.filter((reason) => !isRecorded(reason)));
  });

  it("is in the descriptors: exactly the RPCs that need a key are idempotent, and the reads have no side effects", () => {
    const levels = [WalletService, AdminService].flatMap(({ typeName, methods }) =>
      methods.map(({ name, idempotency }) => [
        `${typeName}/${name}`,
        MethodOptions_IdempotencyLevel[idempotency],
      ]),
    );
    const expected = contractRpcs.map(({ service, name, keyed }) => {
      // Each item of this stream carries its own key.
      const read = name === "ExecuteStream" ? "IDEMPOTENCY_UNKNOWN" : "NO_SIDE_EFFECTS";
      return [`${service}/${name}`, keyed ? "IDEMPOTENT" : read];
    });
    expect(Object.fromEntries(levels)).to.deep.equal(Object.fromEntries(expected));
  });
});
