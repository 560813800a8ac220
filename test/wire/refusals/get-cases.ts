import type { Reason } from "../../../src/ledger/reason.js";
import type { TestClients } from "../../support/app.js";
import { givenHold } from "../../support/given.js";
import { givenJob, nowhere, type Place } from "./place.js";
import type { RefusalCase } from "./refusal-case.js";

/** A read of one thing by its id. */
interface Get {
  readonly call: (by: TestClients, id: string) => Promise<unknown>;
  readonly field: string;
  /** An id that cannot be, and one that could be but is not. */
  readonly ids: readonly [string, string];
  readonly missing: Reason;
  /** What the refusal calls the id. */
  readonly figure: string;
}

/** The RPCs that read one thing by its id. */
const gets: Record<string, Get> = {
  GetHolder: {
    call: (by, holderId) => by.wallet.getHolder({ holderId }),
    field: "holder_id",
    ids: ["h".repeat(65), "nobody"],
    missing: "HOLDER_NOT_FOUND",
    figure: "holder_id",
  },
  GetAsset: {
    call: (by, code) => by.wallet.getAsset({ code }),
    field: "code",
    ids: ["No Slug", "none"],
    missing: "ASSET_NOT_FOUND",
    figure: "asset",
  },
  GetTransaction: {
    call: (by, transactionId) => by.wallet.getTransaction({ transactionId }),
    field: "transaction_id",
    ids: ["7", nowhere],
    missing: "TRANSACTION_NOT_FOUND",
    figure: "transaction_id",
  },
  GetHold: {
    call: (by, holdId) => by.wallet.getHold({ holdId }),
    field: "hold_id",
    ids: ["7", nowhere],
    missing: "HOLD_NOT_FOUND",
    figure: "hold_id",
  },
  GetJob: {
    call: (by, jobId) => by.wallet.getJob({ jobId }),
    field: "job_id",
    ids: ["7", nowhere],
    missing: "JOB_NOT_FOUND",
    figure: "job_id",
  },
  GetAnomaly: {
    call: (by, anomalyId) => by.admin.getAnomaly({ anomalyId }),
    field: "anomaly_id",
    ids: ["7", nowhere],
    missing: "ANOMALY_NOT_FOUND",
    figure: "anomaly_id",
  },
  GetOperation: {
    call: (by, idempotencyKey) => by.wallet.getOperation({ idempotencyKey }),
    field: "idempotency_key",
    ids: ["with space", "never-used"],
    missing: "OPERATION_NOT_FOUND",
    figure: "idempotency_key",
  },
};

const badId = Object.entries(gets).flatMap(([rpc, { call, field, ids, missing, figure }]): RefusalCase[] => {
  const [impossible, unknown] = ids;
  return [
    {
      rpc,
      reason: "INVALID_FIELD",
      when: "of what cannot be one",
      arrange: () => ({ call: (by) => call(by, impossible), metadata: { fields: field } }),
    },
    {
      rpc,
      reason: missing,
      when: "of one that there is not",
      arrange: () => ({ call: (by) => call(by, unknown), metadata: { [figure]: unknown } }),
    },
  ];
});

/** A holder asks for what another one has; that it is there makes the refusal worth something. */
const notYours: readonly RefusalCase[] = [
  foreign("GetHolder", async ({ holder }) => holder),
  foreign("GetTransaction", async (place) => (await givenJob(place)).transactionId),
  foreign("GetHold", ({ app, holder, asset }) => givenHold(app, holder, asset, 10n)),
  foreign("GetJob", async (place) => (await givenJob(place)).jobId),
];

/** Every refusal of the RPCs that read one thing by its id. */
export const getCases: readonly RefusalCase[] = [
  ...badId,
  ...notYours,
  {
    rpc: "GetOperation",
    reason: "ROLE_REQUIRED",
    when: "of another caller's key",
    arrange: ({ app }) => ({
      by: app.as("service", "shop"),
      call: (by) => by.wallet.getOperation({ idempotencyKey: "order-1", caller: "wallet|service|till" }),
      metadata: { role: "service", allowed_roles: "auditor, operator, admin" },
    }),
  },
];

function foreign(rpc: string, given: (place: Place) => Promise<string>): RefusalCase {
  return {
    rpc,
    reason: "NOT_YOUR_WALLET",
    when: "by another holder",
    arrange: async (place) => {
      const id = await given(place);
      await gets[rpc]?.call(place.caller, id);
      return {
        by: place.app.as("holder", place.stranger),
        call: async (by) => gets[rpc]?.call(by, id),
        metadata: {},
      };
    },
  };
}
