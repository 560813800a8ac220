import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Pool } from "../db/pool.js";
import type { EngineLimits } from "../engine/limits.js";
import { summarize } from "../engine/summary.js";
import type { AssetSummary, BucketSummary } from "../engine/summary-totals.js";
import {
  type AssetSummarySchema,
  SummaryBucketLength,
  type SummaryBucketSchema,
  type TypeSummarySchema,
} from "../gen/wallet/v1/summary_pb.js";
import { TransactionType } from "../gen/wallet/v1/transaction_pb.js";
import type { Flow } from "../ledger/summary.js";
import { Check } from "./decode/check.js";
import { decodeEnum } from "./decode/enum.js";
import { checkAssetCode } from "./decode/text.js";
import { decodeTimeRange } from "./decode/time.js";
import { encodeMoney, encodeTime } from "./encode/money.js";
import { encodeSum } from "./encode/sum.js";
import type { Handlers } from "./pipeline/handlers.js";

type SummaryHandlers = Required<Pick<Handlers["admin"], "getLedgerSummary">>;

/** The RPC that tells what came in, what went out and what is outstanding. */
export function summaryHandlers(reader: Pool, limits: EngineLimits): SummaryHandlers {
  return {
    getLedgerSummary: async (request, { signal }) => {
      const check = new Check();
      const asset = request.asset === "" ? null : request.asset;
      if (asset !== null) checkAssetCode(check, "asset", asset);
      const { start, end } = decodeTimeRange(check, request);
      const bucketLength = decodeEnum(check, "bucket_length", SummaryBucketLength, request.bucketLength);
      check.done();
      const { assets, time } = await summarize(reader, limits, { asset, start, end, bucketLength }, signal);
      return { assets: assets.map(encodeAsset), snapshotTime: encodeTime(time) };
    },
  };
}

function encodeAsset(summary: AssetSummary): MessageInitShape<typeof AssetSummarySchema> {
  const { asset, holderBalance, walletCount, buckets } = summary;
  return {
    asset,
    ...encodeFlow(asset, summary),
    holderBalance: encodeSum(asset, holderBalance),
    walletCount,
    buckets: buckets.map((bucket) => encodeBucket(asset, bucket)),
  };
}

function encodeBucket(asset: string, bucket: BucketSummary): MessageInitShape<typeof SummaryBucketSchema> {
  return { startTime: encodeTime(bucket.startTime), ...encodeFlow(asset, bucket) };
}

/**
 * What a span and a bucket have in common.
 *
 * @throws INVALID_FIELD when a sum is more than the wire carries
 */
function encodeFlow(
  asset: string,
  { deposits, withdrawals, outstanding, types }: Flow & { outstanding: bigint },
) {
  return {
    deposits: encodeSum(asset, deposits),
    withdrawals: encodeSum(asset, withdrawals),
    outstanding: encodeMoney(asset, outstanding),
    postedCount: types.reduce((sum, { postedCount }) => sum + postedCount, 0n),
    refusedCount: types.reduce((sum, { refusedCount }) => sum + refusedCount, 0n),
    types: types.map(
      ({ type, amount, postedCount, refusedCount }): MessageInitShape<typeof TypeSummarySchema> => ({
        type: TransactionType[type],
        amount: encodeSum(asset, amount),
        postedCount,
        refusedCount,
      }),
    ),
  };
}
