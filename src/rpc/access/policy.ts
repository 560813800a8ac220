import { AdminService } from "../../gen/wallet/v1/admin_service_pb.js";
import { WalletService } from "../../gen/wallet/v1/wallet_service_pb.js";
import type { RateClass } from "./rate-class.js";
import type { Role } from "./role.js";

/** Who may call an RPC, and what the call must carry. */
export interface Rule {
  /** The roles that may call it. What they may see or move there is decided by the handler. */
  readonly roles: readonly Role[];
  /** Whether an idempotency key is required. */
  readonly keyed: boolean;
  /** Whether fields that this server does not know are refused: it must not ignore a new condition on money. */
  readonly strict: boolean;
  /** Whether it reads data of holders, which goes on record when it is not the holder itself who calls. */
  readonly ofHolders: boolean;
  /** Which of its caller's limits a call counts against. */
  readonly rateClass: RateClass;
}

type MethodName<S extends { method: object }> = Capitalize<keyof S["method"] & string>;

const everyone = ["holder", "service", "auditor", "operator", "admin"] as const;
const staff = ["service", "auditor", "operator", "admin"] as const;
const supervisors = ["auditor", "operator", "admin"] as const;
const movers = ["service", "operator", "admin"] as const;
const owners = ["holder", "service", "operator", "admin"] as const;
const operators = ["operator", "admin"] as const;
const admins = ["admin"] as const;

const read = (roles: readonly Role[]): Rule => ({
  roles,
  keyed: false,
  strict: false,
  ofHolders: true,
  rateClass: "reads",
});
// Nothing in the answer is about anybody.
const look = (roles: readonly Role[]): Rule => ({ ...read(roles), ofHolders: false });
const write = (roles: readonly Role[]): Rule => ({
  roles,
  keyed: true,
  strict: true,
  ofHolders: false,
  rateClass: "movements",
});
const administer = (roles: readonly Role[]): Rule => ({ ...write(roles), rateClass: "admin" });
// Every movement in the stream carries a key of its own, so the call itself needs none.
const writeStream = (roles: readonly Role[]): Rule => ({ ...write(roles), keyed: false });

/** The rule of every RPC of `WalletService`. A missing row does not compile. */
export const walletPolicy: Record<MethodName<typeof WalletService>, Rule> = {
  CreateHolder: write(movers),
  GetHolder: read(everyone),
  ListHolders: read(staff),
  UpdateHolder: write(owners),

  GetAsset: look(everyone),
  ListAssets: look(everyone),

  CreateWallet: write(movers),
  GetWallet: read(everyone),
  ListWallets: read(everyone),
  GetBalance: read(everyone),
  BatchGetBalances: read(everyone),

  TopUp: write(movers),
  Withdraw: write(movers),
  Spend: write(owners),
  GrantBonus: write(movers),
  Transfer: write(owners),
  RefundTransaction: write(movers),
  ReverseTransaction: write(operators),
  PostTransaction: write(movers),

  ExecuteBatch: write(movers),
  ExecuteStream: writeStream(movers),

  EnqueueTransaction: write(movers),
  GetOperation: read(everyone),
  WatchOperation: read(staff),

  AuthorizeHold: write(movers),
  CaptureHold: write(movers),
  VoidHold: write(movers),
  ExtendHold: write(movers),
  GetHold: read(everyone),
  ListHolds: read(everyone),

  GetJob: read(everyone),
  ListJobs: read(everyone),
  StartJob: write(movers),
  CompleteJob: write(movers),
  FailJob: write(movers),

  CreatePayoutBatch: write(movers),
  UploadPayoutBatch: write(movers),
  GetPayoutBatch: read(staff),
  ListPayoutBatches: read(staff),
  ListPayoutItems: read(staff),
  PausePayoutBatch: write(movers),
  ResumePayoutBatch: write(movers),
  CancelPayoutBatch: write(movers),
  WatchPayoutBatch: read(staff),
  ExportPayoutBatch: read(staff),
  CompensatePayoutBatch: write(movers),

  GetTransaction: read(everyone),
  ListTransactions: read(everyone),
  ListPostings: read(everyone),
  GetStatement: read(everyone),
  ExportStatement: read(everyone),

  WatchWallet: read(everyone),
  WatchTransactions: read(staff),
};

/** The rule of every RPC of `AdminService`. A missing row does not compile. */
export const adminPolicy: Record<MethodName<typeof AdminService>, Rule> = {
  CreateAsset: administer(admins),
  UpdateAsset: administer(admins),
  FreezeAsset: administer(admins),
  UnfreezeAsset: administer(admins),

  SuspendHolder: administer(operators),
  ReactivateHolder: administer(operators),

  FreezeWallet: administer(operators),
  UnfreezeWallet: administer(operators),
  CloseWallet: administer(operators),
  SetWalletLimits: administer(operators),
  AdjustBalance: administer(operators),

  ApprovePayoutBatch: administer(operators),

  CheckIntegrity: read(supervisors),
  CreateCheckpoint: administer(admins),
  ListCheckpoints: look(supervisors),
  GetPostingProof: read(supervisors),

  ListAnomalies: read(supervisors),
  GetAnomaly: read(supervisors),
  ReviewAnomaly: administer(operators),
  ListAuditEntries: read(supervisors),

  GetLedgerSummary: look(supervisors),
  SweepExpired: administer(operators),
};

/** Both tables under the name of their service. */
export const policy: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  [WalletService.typeName]: walletPolicy,
  [AdminService.typeName]: adminPolicy,
};
