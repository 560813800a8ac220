import type { DescMethod, JsonObject } from "@bufbuild/protobuf";
import { services } from "../../../src/rpc/pipeline/rpc.js";
import { contractAllows, contractRoles, contractRpcs } from "../../rpc/contract-table.js";
import { foreignFields, thingOf, withField } from "./foreign-fields.js";
import { requests } from "./requests.js";
import type { Side, World } from "./sides.js";

/** Who calls: one of the contract's roles, or somebody without a token. */
export type MatrixCaller = (typeof contractRoles)[number] | "nobody";

/** One call of the matrix, and what the contract says of it. */
export interface MatrixCase {
  readonly method: DescMethod;
  readonly caller: MatrixCaller;
  /** Whose things the request names. */
  readonly side: "own" | "other";
  /** The only field that names the other side's, where that is one of a holder's request; else empty. */
  readonly field: string;
  readonly request: JsonObject;
  /** The idempotency key to send; a fresh one unless it is given. */
  readonly key?: string;
  /** `admitted` for any answer but a denial, `answered` for OK, or the reason of a refusal. */
  readonly expected: string;
}

export const matrixCallers: readonly MatrixCaller[] = [...contractRoles, "nobody"];

/** Every RPC of both services, as their descriptors have them. */
export const matrixMethods: readonly DescMethod[] = services.flatMap(({ methods }) => methods);

/**
 * What becomes of a holder's request that names another's in one field, where that is not `NOT_YOUR_WALLET`. What is
 * answered tells nothing of the other side.
 */
const otherwise: Readonly<Record<string, string>> = {
  // Value may be sent to anybody.
  "Transfer.destination.wallet_id": "answered",
  "Transfer.destination.holder_id": "answered",
  // Filters within what is the caller's own.
  "ListTransactions.batch_id": "answered",
  "ListTransactions.job_id": "answered",
  "ListTransactions.external_reference": "answered",
  "ListHolds.external_reference": "answered",
  // Keys are scoped to the caller, so that another's means nothing.
  "GetOperation.idempotency_key": "OPERATION_NOT_FOUND",
  "GetOperation.caller": "ROLE_REQUIRED",
  "UpdateHolder.idempotency-key": "answered",
  "Spend.idempotency-key": "answered",
  "Transfer.idempotency-key": "answered",
  // References of a kind are one space in an asset, for all.
  "Spend.external_reference": "EXTERNAL_REFERENCE_USED",
  "Transfer.external_reference": "answered",
  // Tokens are bound to the query that they came from. Assets are everybody's.
  "ListAssets.page_token": "answered",
  "ListWallets.page_token": "PAGE_TOKEN_INVALID",
  "ListHolds.page_token": "PAGE_TOKEN_INVALID",
  "ListJobs.page_token": "PAGE_TOKEN_INVALID",
  "ListTransactions.page_token": "PAGE_TOKEN_INVALID",
  "ListPostings.page_token": "PAGE_TOKEN_INVALID",
  "WatchWallet.resume_token": "INVALID_FIELD",
};

/** Requests that name a caller, which those who see everything may do. */
const ofCallers = new Set(["GetOperation", "WatchOperation"]);

/** Every case of the matrix: RPCs × callers × ownership, and each field of a holder's request by itself. */
export function matrixCases({ own, other }: World): MatrixCase[] {
  return matrixMethods.flatMap((method) =>
    matrixCallers.flatMap((caller) => {
      const expected = expectedOf(method, caller);
      const byHolder = caller === "holder" && expected === "admitted";
      const ownCase = {
        ...{ method, caller, side: "own" as const, field: "" },
        request: requestOf(method, own),
        expected: byHolder ? "answered" : expected,
      };
      if (byHolder) return [ownCase, ...fieldCases(method, own, other)];
      if (caller === "service" && ofCallers.has(method.name)) return serviceKeyCases(ownCase, other);
      return [ownCase, { ...ownCase, side: "other" as const, request: requestOf(method, other), expected }];
    }),
  );
}

/** A service may ask about its own keys only, for whomever they were used. */
function serviceKeyCases(ownCase: MatrixCase, other: Side): MatrixCase[] {
  const named = { ...ownCase, side: "other", field: "caller", expected: "ROLE_REQUIRED" } as const;
  return [
    { ...ownCase, request: { idempotency_key: "nothing" } },
    { ...named, request: requestOf(ownCase.method, other) },
  ];
}

/** A holder's own request with one field after the other naming what is another's. */
function fieldCases(method: DescMethod, own: Side, other: Side): MatrixCase[] {
  const { name, input } = method;
  const common = { method, caller: "holder", side: "other" } as const;
  const cases = foreignFields(input).map((field) => ({
    ...common,
    field: field.path,
    request: withField(input, requestOf(method, own), field.path, thingOf(field, other, name)),
    expected: otherwise[`${name}.${field.path}`] ?? "NOT_YOUR_WALLET",
  }));
  if (!isKeyed(method)) return cases;
  const expected = otherwise[`${name}.idempotency-key`] ?? "NOT_YOUR_WALLET";
  const withKey = {
    ...common,
    field: "idempotency-key",
    request: requestOf(method, own),
    key: other.keys[name] ?? "",
    expected,
  };
  return [...cases, withKey];
}

function requestOf({ name }: DescMethod, side: Side): JsonObject {
  const request = (requests as Readonly<Record<string, (typeof requests)["GetAsset"]>>)[name];
  if (request === undefined) throw new Error(`${name} has no request in requests.ts`);
  return request(side);
}

function expectedOf(method: DescMethod, caller: MatrixCaller): string {
  if (caller === "nobody") return "TOKEN_MISSING";
  return contractAllows(caller, contractRpcOf(method)) ? "admitted" : "ROLE_REQUIRED";
}

/** Whether the contract wants an idempotency key in the metadata of the call. */
export function isKeyed(method: DescMethod): boolean {
  return contractRpcOf(method).keyed;
}

function contractRpcOf({ name, parent }: DescMethod) {
  const rpc = contractRpcs.find((one) => one.name === name && one.service === parent.typeName);
  if (rpc === undefined) throw new Error(`${parent.typeName}/${name} is not in the contract's table`);
  return rpc;
}
