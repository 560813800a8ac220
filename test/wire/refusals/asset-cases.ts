import type { TestClients } from "../../support/app.js";
import type { Asked, RefusalCase } from "./refusal-case.js";

const reason = "for the test";

type Call = (by: TestClients, named: string, options: Parameters<Asked["call"]>[1]) => Promise<unknown>;

/** The RPCs that change an asset, by its code. */
const assetActs: Record<string, Call> = {
  FreezeAsset: (by, code, options) => by.admin.freezeAsset({ code, reason }, options),
  UnfreezeAsset: (by, code, options) => by.admin.unfreezeAsset({ code, reason }, options),
  UpdateAsset: (by, code, options) => by.admin.updateAsset({ code, name: "A" }, options),
};

const unknownAsset = Object.entries(assetActs).flatMap(([rpc, call]): RefusalCase[] => [
  {
    rpc,
    reason: "INVALID_FIELD",
    when: "of an asset whose code is none",
    arrange: () => ({ call: (by, options) => call(by, "No Slug", options), metadata: { fields: "code" } }),
  },
  {
    rpc,
    reason: "ASSET_NOT_FOUND",
    when: "of an asset that there is not",
    arrange: () => ({ call: (by, options) => call(by, "none", options), metadata: { asset: "none" } }),
  },
]);

/** Every refusal of the RPCs that make and change assets. */
export const assetCases: readonly RefusalCase[] = [
  ...unknownAsset,
  {
    rpc: "CreateAsset",
    reason: "INVALID_FIELD",
    when: "without a code, a name and a scale that can be",
    arrange: () => ({
      call: (by, options) => by.admin.createAsset({ code: "No Slug", scale: 10 }, options),
      metadata: { fields: "code, name, scale" },
    }),
  },
  {
    rpc: "CreateAsset",
    reason: "ASSET_EXISTS",
    when: "under a code that an asset has",
    arrange: ({ asset }) => ({
      call: (by, options) => by.admin.createAsset({ code: asset, name: "A" }, options),
      metadata: { asset },
    }),
  },
];
