import type { MessageInitShape } from "@bufbuild/protobuf";
import { findAsset } from "../db/assets.js";
import type { Reader } from "../db/reader.js";
import type { IntegrityEvent, IntegrityToken } from "../engine/integrity/check.js";
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
import { checkAssetCode } from "./decode/text.js";
import { digestOf, keysOf, tokenOf } from "./decode/token.js";
import { encodeTime } from "./encode/money.js";
import type { Call } from "./pipeline/call.js";
import type { Handlers } from "./pipeline/handlers.js";
import { resumable } from "./resumable.js";

type IntegrityHandlers = Required<Pick<Handlers["admin"], "checkIntegrity">>;
type Message = MessageInitShape<typeof CheckIntegrityResponseSchema> & { resumeToken: string };

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The RPC that proves the ledger sound, or says where it is not. */
export function integrityHandlers(reader: Reader, checks: IntegrityChecks): IntegrityHandlers {
  return {
    checkIntegrity: (request, call) => resumable(request, messages(reader, checks, request, call)),
  };
}

async function* messages(
  reader: Reader,
  checks: IntegrityChecks,
  request: CheckIntegrityRequest,
  { signal }: Call,
): AsyncGenerator<Message> {
  const { asset } = request;
  const check = new Check();
  if (asset !== "") checkAssetCode(check, "asset", asset);
  const digest = digestOf(["integrity", asset]);
  const token = decodeToken(check, digest, request.resumeToken);
  check.done();
  if (asset !== "" && (await findAsset(reader, asset)) === undefined) throw assetNotFound(asset);
  const asked = { asset: asset === "" ? null : asset, token };
  for await (const event of checks.check(asked, signal)) {
    const { runId, placeId } = event.token;
    yield { event: encodeEvent(event), resumeToken: tokenOf(digest, [runId, placeId]) };
  }
}

function decodeToken(check: Check, digest: string, text: string): IntegrityToken | null {
  if (text === "") return null;
  const [runId, placeId] = keysOf(text, digest, [uuid, uuid]) ?? [];
  if (runId !== undefined && placeId !== undefined) return { runId, placeId };
  check.wrong("resume_token", "must be one of a check of the same asset; leave it empty to begin anew");
  return null;
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
