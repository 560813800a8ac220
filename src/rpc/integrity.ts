import type { MessageInitShape } from "@bufbuild/protobuf";
import { findAsset } from "../db/assets.js";
import type { Pool } from "../db/pool.js";
import type { IntegrityEvent } from "../engine/integrity/check.js";
import type { IntegrityChecks } from "../engine/integrity/checks.js";
import {
  type CheckIntegrityRequest,
  type CheckIntegrityResponseSchema,
  type IntegrityFindingSchema,
  IntegrityRule,
} from "../gen/wallet/v1/integrity_pb.js";
import type { IntegrityFinding } from "../ledger/integrity.js";
import { assetNotFound } from "../ledger/rules.js";
import { Check } from "./decode/check.js";
import { decodeIntegrityToken, encodeIntegrityToken } from "./decode/integrity-token.js";
import { checkAssetCode } from "./decode/text.js";
import { encodeTime } from "./encode/money.js";
import type { Call } from "./pipeline/call.js";
import type { Handlers } from "./pipeline/handlers.js";
import { resumable } from "./resumable.js";

type IntegrityHandlers = Required<Pick<Handlers["admin"], "checkIntegrity">>;
type Message = MessageInitShape<typeof CheckIntegrityResponseSchema> & { resumeToken: string };

/** The RPC that proves the ledger sound, or says where it is not. */
export function integrityHandlers(reader: Pool, checks: IntegrityChecks): IntegrityHandlers {
  return {
    checkIntegrity: (request, call) => resumable(request, messages(reader, checks, request, call)),
  };
}

async function* messages(
  reader: Pool,
  checks: IntegrityChecks,
  request: CheckIntegrityRequest,
  call: Call,
): AsyncGenerator<Message> {
  const { asset, resumeToken } = request;
  const check = new Check();
  if (asset !== "") checkAssetCode(check, "asset", asset);
  const token = resumeToken === "" ? null : decodeIntegrityToken(asset, resumeToken);
  const isOurs = resumeToken === "" || token !== null;
  check.that(
    isOurs,
    "resume_token",
    "must be one of a check of the same asset; leave it empty to begin anew",
  );
  check.done();
  call.concerns({});
  if (asset !== "" && (await findAsset(reader, asset)) === undefined) throw assetNotFound(asset);
  const asked = { asset: asset === "" ? null : asset, token };
  for await (const event of checks.check(asked, call.signal)) {
    yield { event: encodeEvent(event), resumeToken: encodeIntegrityToken(asset, event.token) };
  }
}

function encodeEvent(event: IntegrityEvent): NonNullable<Message["event"]> {
  switch (event.kind) {
    case "progress": {
      const { checkedPostings, postings, checkedWallets, wallets } = event.progress;
      const value = {
        checkedPostingCount: checkedPostings,
        postingCount: postings,
        checkedWalletCount: checkedWallets,
        walletCount: wallets,
      };
      return { case: "progress", value };
    }
    case "finding":
      return { case: "finding", value: encodeFinding(event.finding) };
    case "verdict": {
      const { findingCount, postings: postingCount, wallets: walletCount, snapshotTime } = event.verdict;
      const ok = findingCount === 0n;
      const value = { ok, findingCount, postingCount, walletCount, snapshotTime: encodeTime(snapshotTime) };
      return { case: "verdict", value };
    }
  }
}

function encodeFinding(finding: IntegrityFinding): MessageInitShape<typeof IntegrityFindingSchema> {
  return {
    rule: IntegrityRule[finding.rule],
    message: finding.message,
    asset: finding.asset ?? "",
    walletId: finding.walletId ?? "",
    postingSeq: finding.postingSeq ?? 0n,
    transactionId: finding.transactionId ?? "",
    checkpointId: finding.checkpointId ?? "",
    expected: finding.expected,
    actual: finding.actual,
  };
}
