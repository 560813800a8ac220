import { readFileSync } from "node:fs";
import { expect } from "chai";
import { allCases } from "../wire/refusals/all-cases.js";
import { servedRpcs } from "./served.js";

/** The RPCs whose refusals are tested one by one, and the files that do so. */
const elsewhere: Record<string, readonly string[]> = {
  RefundTransaction: ["refund-refusals"],
  ReverseTransaction: ["reversal-refusals"],
  PostTransaction: ["compound-refusals"],
  CaptureHold: ["capture-refusals", "captures", "holds", "hold-expiry"],
  ExecuteBatch: ["batch-form"],
  ExecuteStream: ["stream"],
  EnqueueTransaction: ["queue"],
  WatchOperation: ["watch-operation"],
  WatchTransactions: ["watch-transactions"],
  SweepExpired: ["hold-expiry"],
  CreateCheckpoint: ["checkpoints"],
};

describe("the refusals", () => {
  const documented = documentedReasons(["wallet_service", "admin_service"]);
  const tested = new Map<string, Set<string>>();
  for (const { rpc, reason } of allCases) tested.set(rpc, (tested.get(rpc) ?? new Set()).add(reason));

  it("in the comment of an RPC are those of its table, each and no other", () => {
    expect(tested.size).to.be.greaterThan(40);
    for (const [rpc, reasons] of tested)
      expect([...reasons].sort(), rpc).to.deep.equal([...(documented.get(rpc) ?? [])].sort());
  });

  it("in the comment of any other RPC are each named in its files", () => {
    for (const [rpc, files] of Object.entries(elsewhere)) {
      const tests = files.map((file) => readFileSync(`test/wire/${file}.test.ts`, "utf8")).join("\n");
      for (const reason of documented.get(rpc) ?? []) expect(tests, rpc).to.include(reason);
    }
  });

  it("of every RPC that answers are in a table, or in files of their own", () => {
    const known = [...tested.keys(), ...Object.keys(elsewhere)];
    expect(known.sort()).to.deep.equal(servedRpcs().sort());
  });
});

/** The reasons after "Errors, in order:" in the comment of each RPC. What is in parentheses explains them. */
function documentedReasons(services: readonly string[]): Map<string, string[]> {
  const protos = services.map((service) => readFileSync(`proto/wallet/v1/${service}.proto`, "utf8"));
  const rpcs = protos.join("\n").matchAll(/((?:^ *\/\/.*\n)+) *rpc (\w+)\(/gm);
  return new Map(
    [...rpcs].map(([, comment = "", rpc = ""]) => {
      const [, errors = ""] = comment.replaceAll(/\s*\/\/\s*/g, " ").split("Errors, in order:");
      return [rpc, errors.replaceAll(/\([^)]*\)/g, "").match(/[A-Z_]{4,}/g) ?? []];
    }),
  );
}
