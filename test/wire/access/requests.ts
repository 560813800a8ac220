import type { JsonObject } from "@bufbuild/protobuf";
import type { AdminService } from "../../../src/gen/wallet/v1/admin_service_pb.js";
import type { WalletService } from "../../../src/gen/wallet/v1/wallet_service_pb.js";
import { asset, type Side } from "./sides.js";

/** A request about the things of one side, as JSON. */
export type RequestOf = (side: Side) => JsonObject;

type MethodName<S extends { method: object }> = Capitalize<keyof S["method"] & string>;
type RpcName = MethodName<typeof WalletService> | MethodName<typeof AdminService>;

const reason = "for the matrix";
const amount = { asset, units: "1" };
const nothing = "0197a000-0000-7000-8000-000000000000";

const ofWallet: RequestOf = ({ walletId }) => ({ wallet: { wallet_id: walletId }, asset });
const moved: RequestOf = ({ holderId }) => ({ wallet: { holder_id: holderId }, amount });
const ofHolder: RequestOf = ({ holderId }) => ({ holder_id: holderId });
const inAsset: RequestOf = (side) => ({ ...ofHolder(side), asset });
const ofHold: RequestOf = ({ holdId }) => ({ hold_id: holdId });
const ofJob: RequestOf = ({ jobId }) => ({ job_id: jobId });
const ofBatch: RequestOf = () => ({ payout_batch_id: nothing });
const ofKey: RequestOf = ({ keys, caller }) => ({ idempotency_key: keys.Spend ?? "", caller });
const stopped: RequestOf = (side) => ({ ...ofWallet(side), reason });
const batchSpec = ({ holderId }: Side) => ({ source: { holder_id: holderId }, asset, name: "payout" });
const none: RequestOf = () => ({});

let assets = 0;
let items = 0;
const item: RequestOf = (side) => ({ idempotency_key: `item-${++items}`, movement: { top_up: moved(side) } });

/** A good request of every RPC of both services. An RPC without a row does not compile. */
export const requests: Readonly<Record<RpcName, RequestOf>> = {
  CreateHolder: ofHolder,
  GetHolder: ofHolder,
  ListHolders: none,
  UpdateHolder: ({ holderId }) => ({ holder_id: holderId, display_name: "another name" }),
  GetAsset: () => ({ code: asset }),
  ListAssets: none,
  CreateWallet: ({ holderId }) => ({ holder_id: holderId, asset }),
  GetWallet: ofWallet,
  ListWallets: ofHolder,
  GetBalance: ofWallet,
  BatchGetBalances: (side) => ({ queries: [ofWallet(side)] }),
  TopUp: moved,
  Withdraw: moved,
  Spend: moved,
  GrantBonus: moved,
  Transfer: ({ holderId }) => ({
    source: { holder_id: holderId },
    destination: { holder_id: "bob" === holderId ? "alice" : "bob" },
    amount,
  }),
  RefundTransaction: ({ transactionId }) => ({ transaction_id: transactionId }),
  ReverseTransaction: ({ transactionId }) => ({ transaction_id: transactionId, reason }),
  PostTransaction: (side) => ({
    legs: [moved(side), { wallet: { holder_id: "carol" }, amount: { asset, units: "-1" } }],
  }),
  ExecuteBatch: (side) => ({ items: [item(side)] }),
  ExecuteStream: item,
  EnqueueTransaction: (side) => ({ movement: { top_up: moved(side) } }),
  GetOperation: ofKey,
  WatchOperation: ofKey,
  AuthorizeHold: moved,
  CaptureHold: ofHold,
  VoidHold: ofHold,
  ExtendHold: ({ holdId }) => ({ hold_id: holdId, ttl: "60s" }),
  GetHold: ofHold,
  ListHolds: inAsset,
  GetJob: ofJob,
  ListJobs: ofHolder,
  StartJob: ofJob,
  CompleteJob: ofJob,
  FailJob: ({ jobId }) => ({ job_id: jobId, reason }),
  CreatePayoutBatch: (side) => ({ spec: batchSpec(side) }),
  UploadPayoutBatch: (side) => ({ spec: batchSpec(side) }),
  GetPayoutBatch: ofBatch,
  ListPayoutBatches: none,
  ListPayoutItems: ofBatch,
  PausePayoutBatch: ofBatch,
  ResumePayoutBatch: ofBatch,
  CancelPayoutBatch: ofBatch,
  WatchPayoutBatch: ofBatch,
  ExportPayoutBatch: ofBatch,
  CompensatePayoutBatch: ofBatch,
  GetTransaction: ({ transactionId }) => ({ transaction_id: transactionId }),
  ListTransactions: inAsset,
  ListPostings: ofWallet,
  GetStatement: ofWallet,
  ExportStatement: ofWallet,
  WatchWallet: ofWallet,
  WatchTransactions: ofHolder,
  CreateAsset: () => ({ code: `asset_${++assets}`, name: "new" }),
  UpdateAsset: () => ({ code: "silver", name: "Silver" }),
  FreezeAsset: () => ({ code: "silver", reason }),
  UnfreezeAsset: () => ({ code: "silver", reason }),
  SuspendHolder: (side) => ({ ...ofHolder(side), reason }),
  ReactivateHolder: (side) => ({ ...ofHolder(side), reason }),
  FreezeWallet: stopped,
  UnfreezeWallet: stopped,
  CloseWallet: stopped,
  SetWalletLimits: stopped,
  AdjustBalance: (side) => ({ ...moved(side), reason }),
  ApprovePayoutBatch: ofBatch,
  CheckIntegrity: none,
  CreateCheckpoint: none,
  ListCheckpoints: none,
  GetPostingProof: (side) => ({ ...ofWallet(side), posting_seq: "1" }),
  ListAnomalies: none,
  GetAnomaly: () => ({ anomaly_id: nothing }),
  ReviewAnomaly: () => ({ anomaly_id: nothing, reason }),
  ListAuditEntries: ofHolder,
  GetLedgerSummary: none,
  SweepExpired: none,
};
