import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import type { Engine } from "../../src/engine/engine.js";
import type { Feed } from "../../src/events/feed.js";
import { makeHandlers } from "../../src/rpc/handlers.js";
import { allCases } from "../wire/refusals/all-cases.js";

/** The RPCs whose refusals are tested one by one, and the file that does so. */
const elsewhere: Record<string, string> = {
  RefundTransaction: "refund-refusals",
  ReverseTransaction: "reversal-refusals",
  PostTransaction: "compound-refusals",
  CaptureHold: "capture-refusals",
  ExecuteBatch: "batch-form",
  ExecuteStream: "stream",
  ExportStatement: "statement-file",
  WatchWallet: "watch-wallet",
  WatchTransactions: "watch-transactions",
  SweepExpired: "sweeper",
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

  it("of every RPC that answers are in a table, or in a file of their own", () => {
    const engine = { database: { reader: {} }, limits: {}, poster: {}, acts: {} } as Engine;
    const { wallet, admin } = makeHandlers(engine, {} as Feed);
    const served = [...Object.keys(wallet), ...Object.keys(admin)].map(
      (name) => `${name[0]?.toUpperCase()}${name.slice(1)}`,
    );
    expect([...tested.keys(), ...Object.keys(elsewhere)].sort()).to.deep.equal(served.sort());
    for (const file of Object.values(elsewhere))
      expect(existsSync(`test/wire/${file}.test.ts`), file).to.equal(true);
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
