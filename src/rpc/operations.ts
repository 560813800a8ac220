import type { Reader } from "../db/database.js";
import { findKey, type KeyRecord } from "../db/keys.js";
import { findTransaction } from "../db/transactions.js";
import { pointsAtTransaction } from "../engine/outcome.js";
import { OperationState } from "../gen/wallet/v1/operation_pb.js";
import { WalletError } from "../ledger/wallet-error.js";
import type { Caller } from "./access/caller.js";
import { answerTransactions } from "./answer-transactions.js";
import { Check } from "./decode/check.js";
import { encodeTime } from "./encode/money.js";
import type { Handlers } from "./pipeline/handlers.js";
import { isIdempotencyKey } from "./pipeline/idempotency-key.js";

type OperationHandlers = Required<Pick<Handlers["wallet"], "getOperation">>;

/** The longest issuer, role and subject there can be, escaped. */
const callerLengthMax = 1_024;

/** The RPC that tells what became of an idempotency key. */
export function operationHandlers(reader: Reader): OperationHandlers {
  return {
    getOperation: async ({ idempotencyKey, caller: named }, { caller }) => {
      const check = new Check();
      check.that(
        isIdempotencyKey(idempotencyKey),
        "idempotency_key",
        "must be 1 to 255 visible ASCII characters",
      );
      check.that(
        named.length <= callerLengthMax,
        "caller",
        `must have at most ${callerLengthMax} characters`,
      );
      check.done();
      const record = await findKey(reader, { key: idempotencyKey, caller: ownerOf(caller, named) });
      if (record === undefined) throw operationNotFound(idempotencyKey);
      return { operation: await encodeOperation(reader, caller, record) };
    },
  };
}

/** Whose key is asked about: everybody may ask about its own, those who see everything about anybody's. */
function ownerOf(caller: Caller, named: string): string {
  if (named === "" || named === caller.id) return caller.id;
  if (caller.role === "holder" || caller.role === "service") {
    throw new WalletError(
      "ROLE_REQUIRED",
      "Only an auditor, operator or admin may ask about another caller's key.",
      {
        metadata: { role: caller.role, allowed_roles: "auditor, operator, admin" },
      },
    );
  }
  return named;
}

async function encodeOperation(reader: Reader, caller: Caller, record: KeyRecord) {
  const { outcome } = record;
  const refused = outcome !== null && "refused" in outcome ? outcome.refused : null;
  const isMovement = refused !== null || pointsAtTransaction(outcome);
  const found = isMovement ? await findTransaction(reader, record.operationId) : undefined;
  const time = encodeTime(record.createTime);
  return {
    idempotencyKey: record.key,
    caller: record.caller,
    method: record.method,
    state: refused === null ? OperationState.SUCCEEDED : OperationState.REFUSED,
    ...(found === undefined ? {} : { transaction: (await answerTransactions(reader, caller, [found]))[0] }),
    errorReason: refused?.reason ?? "",
    errorMetadata: refused?.metadata ?? {},
    createTime: time,
    completeTime: time,
    resourceId: refused === null ? (found?.transaction.id ?? resourceOf(outcome)) : "",
    requestId: found?.transaction.requestId ?? outcome?.requestId ?? "",
  };
}

/** What was made or changed: an act's answer carries an id, or a code for an asset; a movement's, a job or a hold. */
function resourceOf(outcome: KeyRecord["outcome"]): string {
  if (outcome === null || !("result" in outcome)) return "";
  const { id, code, job, hold } = outcome.result as {
    id?: string;
    code?: string;
    job?: { id: string } | null;
    hold?: { id: string } | null;
  };
  return id ?? code ?? job?.id ?? hold?.id ?? "";
}

function operationNotFound(key: string): WalletError {
  return new WalletError(
    "OPERATION_NOT_FOUND",
    `Nothing is known under idempotency key ${key}. That is not final: only a retry with the same key is.`,
    { metadata: { idempotency_key: key } },
  );
}
