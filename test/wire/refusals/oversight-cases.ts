import type { TestClients } from "../../support/app.js";
import type { RefusalCase } from "./refusal-case.js";

type Call = (by: TestClients, request: { asset?: string }) => Promise<unknown>;

/** What is asked about the ledger as a whole, or about one asset of it. */
const reads: Record<string, Call> = {
  CheckIntegrity: (by, request) => drained(by.admin.checkIntegrity(request)),
  GetLedgerSummary: (by, request) => by.admin.getLedgerSummary(request),
};

/** Every refusal of the RPCs that look at the ledger as a whole. */
export const oversightCases: readonly RefusalCase[] = [
  ...Object.entries(reads).flatMap(([rpc, read]): RefusalCase[] => [
    {
      rpc,
      reason: "INVALID_FIELD",
      when: "of an asset that no code can name",
      arrange: () => ({ call: (by) => read(by, { asset: "No Slug" }), metadata: { fields: "asset" } }),
    },
    {
      rpc,
      reason: "ASSET_NOT_FOUND",
      when: "of an asset that nobody has made",
      arrange: () => ({ call: (by) => read(by, { asset: "none" }), metadata: { asset: "none" } }),
    },
  ]),
  {
    rpc: "CheckIntegrity",
    reason: "INVALID_FIELD",
    when: "from a place that nobody gave out",
    arrange: () => ({
      call: (by) => drained(by.admin.checkIntegrity({ resumeToken: "the middle" })),
      metadata: { fields: "resume_token" },
    }),
  },
];

/** Takes a stream to its end. */
async function drained(messages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of messages);
}
