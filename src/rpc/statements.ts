import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { Pool } from "../db/pool.js";
import { findWallets } from "../db/wallets.js";
import type { Settling } from "../engine/settled.js";
import { openSpan, readPostings, readTotals, type StatementSpan } from "../engine/statements.js";
import { ExportFormat, type StatementSchema } from "../gen/wallet/v1/statement_pb.js";
import { TransactionType } from "../gen/wallet/v1/transaction_pb.js";
import type { WalletRef } from "../gen/wallet/v1/wallet_pb.js";
import { StatementTotals } from "../ledger/statement.js";
import { Check } from "./decode/check.js";
import { decodeEnum } from "./decode/enum.js";
import { decodeTimeRange } from "./decode/time.js";
import { assertOwnNamed, decodeWalletRef } from "./decode/wallet-ref.js";
import { encodeMoney, encodeTime } from "./encode/money.js";
import { chunksOf, csvLines, ndjsonLines, type StatementLine } from "./encode/statement-file.js";
import { encodeSum } from "./encode/sum.js";
import { assertReadable } from "./find-wallet.js";
import type { Call } from "./pipeline/call.js";
import type { Handlers } from "./pipeline/handlers.js";

type StatementHandlers = Required<Pick<Handlers["wallet"], "getStatement" | "exportStatement">>;

/** What both requests have. */
interface StatementRequest {
  wallet?: WalletRef | undefined;
  asset: string;
  startTime?: Timestamp | undefined;
  endTime?: Timestamp | undefined;
}

/** The RPCs that tell what happened in a wallet over a span of time. */
export function statementHandlers(reader: Pool, settling: Settling): StatementHandlers {
  return {
    getStatement: async (request, call) => {
      const span = await requestedSpan(reader, settling, { request, call, check: new Check() });
      return { statement: encodeStatement(span, await readTotals(reader, span, call.signal)) };
    },
    exportStatement: async function* (request, call) {
      const check = new Check();
      const format = decodeEnum(check, "format", ExportFormat, request.format) ?? "CSV";
      const span = await requestedSpan(reader, settling, { request, call, check });
      const lines = statementLines(reader, span, call.signal);
      const texts = format === "CSV" ? csvLines(lines) : ndjsonLines(lines);
      for await (const chunk of chunksOf(texts)) yield { chunk };
    },
  };
}

/** Every line of an exported statement. Fails at the end unless the lines lead from the opening to the closing. */
async function* statementLines(
  reader: Pool,
  span: StatementSpan,
  signal: AbortSignal,
): AsyncIterable<StatementLine> {
  yield { kind: "opening", span };
  const totals = new StatementTotals();
  for await (const posting of readPostings(reader, span, signal)) {
    totals.addPosting(posting.type, posting.amount);
    yield { kind: "posting", posting };
  }
  totals.assertBridges(span);
  for (const total of totals.byType()) yield { kind: "total", asset: span.asset, total };
  yield { kind: "closing", span, sum: totals.sum() };
}

/** @throws INVALID_FIELD, NOT_YOUR_WALLET, ASSET_NOT_FOUND, HOLDER_NOT_FOUND, WALLET_NOT_FOUND or ASSET_MISMATCH */
async function requestedSpan(
  reader: Pool,
  settling: Settling,
  { request, call, check }: { request: StatementRequest; call: Call; check: Check },
): Promise<StatementSpan> {
  const { caller } = call;
  const { wallet: ref, asset } = request;
  const address = decodeWalletRef(check, caller, { ref, field: "wallet", asset, assetField: "asset" });
  const { start, end } = decodeTimeRange(check, request);
  check.done();
  call.concerns({ wallets: [address] });
  const { wallets, time } = await findWallets(reader, [address.walletId]);
  // Only the database's clock says what the present is. What it found is not told to a caller who may not know it.
  check.that(end === null || end <= time, "end_time", "must not be in the future");
  check.that(end !== null || start === null || start < time, "start_time", "must be in the past");
  check.done();
  assertOwnNamed(caller, address);
  const wallet = await assertReadable(reader, caller, { address, asset, wallet: wallets[0] });
  return openSpan(reader, settling, wallet, { start, end });
}

/** @throws INVALID_FIELD when a sum is more than the wire carries */
function encodeStatement(
  span: StatementSpan,
  totals: StatementTotals,
): MessageInitShape<typeof StatementSchema> {
  const money = (units: bigint) => encodeMoney(span.asset, units);
  const sum = (units: bigint) => encodeSum(span.asset, units);
  const { credits, debits, postingCount } = totals.sum();
  return {
    walletId: span.walletId,
    opening: money(span.opening),
    credits: sum(credits),
    debits: sum(debits),
    closing: money(span.closing),
    totals: totals.byType().map((total) => ({
      type: TransactionType[total.type],
      credits: sum(total.credits),
      debits: sum(total.debits),
      postingCount: total.postingCount,
    })),
    postingCount,
    startTime: encodeTime(span.startTime),
    endTime: encodeTime(span.endTime),
  };
}
