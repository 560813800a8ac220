/** The RPCs of `WalletService` as the contract lists them; `w` marks those that need an idempotency key. */
const walletService = `
  CreateHolder w, GetHolder, ListHolders, UpdateHolder w
  GetAsset, ListAssets
  CreateWallet w, GetWallet, ListWallets, GetBalance, BatchGetBalances
  TopUp w, Withdraw w, Spend w, GrantBonus w, Transfer w, RefundTransaction w, ReverseTransaction w, PostTransaction w
  ExecuteBatch w, ExecuteStream
  EnqueueTransaction w, GetOperation, WatchOperation
  AuthorizeHold w, CaptureHold w, VoidHold w, ExtendHold w, GetHold, ListHolds
  GetJob, ListJobs, StartJob w, CompleteJob w, FailJob w
  CreatePayoutBatch w, UploadPayoutBatch w, GetPayoutBatch, ListPayoutBatches, ListPayoutItems, PausePayoutBatch w,
    ResumePayoutBatch w, CancelPayoutBatch w, WatchPayoutBatch, ExportPayoutBatch, CompensatePayoutBatch w
  GetTransaction, ListTransactions, ListPostings, GetStatement, ExportStatement
  WatchWallet, WatchTransactions`;

/** The RPCs of `AdminService`, likewise. */
const adminService = `
  CreateAsset w, UpdateAsset w, FreezeAsset w, UnfreezeAsset w
  SuspendHolder w, ReactivateHolder w
  FreezeWallet w, UnfreezeWallet w, CloseWallet w, SetWalletLimits w, AdjustBalance w
  ApprovePayoutBatch w
  CheckIntegrity, CreateCheckpoint w, ListCheckpoints, GetPostingProof
  ListAnomalies, GetAnomaly, ReviewAnomaly w, ListAuditEntries
  GetLedgerSummary, SweepExpired w`;

/** "for its own wallets only: … moves value out of its own wallets with …" */
const holderMay = `
  GetHolder, UpdateHolder, GetAsset, ListAssets, GetWallet, ListWallets, GetBalance, BatchGetBalances, GetTransaction,
  ListTransactions, ListPostings, GetStatement, ExportStatement, WatchWallet, GetOperation, GetHold, ListHolds, GetJob,
  ListJobs, Spend, Transfer`;

/** "of `AdminService`: holders, wallets, `ApprovePayoutBatch`, `ReviewAnomaly`, `SweepExpired`" */
const operatorMayOfAdmin = `
  SuspendHolder, ReactivateHolder, FreezeWallet, UnfreezeWallet, CloseWallet, SetWalletLimits, AdjustBalance,
  ApprovePayoutBatch, ReviewAnomaly, SweepExpired`;

/** One RPC of the contract. */
export interface ContractRpc {
  service: "wallet.v1.WalletService" | "wallet.v1.AdminService";
  name: string;
  keyed: boolean;
}

/** Every RPC of the contract. */
export const contractRpcs: ContractRpc[] = [
  ...names(walletService).map((row) => toRpc("wallet.v1.WalletService", row)),
  ...names(adminService).map((row) => toRpc("wallet.v1.AdminService", row)),
];

/** The five roles of the contract. */
export const contractRoles = ["holder", "service", "auditor", "operator", "admin"] as const;

/** Whether the contract lets this role call this RPC. */
export function contractAllows(role: (typeof contractRoles)[number], rpc: ContractRpc): boolean {
  const ofWallet = rpc.service === "wallet.v1.WalletService";
  // ExecuteStream takes a key per movement instead of one of its own. It moves value, so it is no read.
  const read = !rpc.keyed && rpc.name !== "ExecuteStream";
  switch (role) {
    case "holder":
      return ofWallet && names(holderMay).includes(rpc.name);
    case "service":
      return ofWallet && rpc.name !== "ReverseTransaction";
    case "auditor":
      return read;
    case "operator":
      return ofWallet || read || names(operatorMayOfAdmin).includes(rpc.name);
    case "admin":
      return true;
  }
}

/** The class of limits that a call of this RPC counts against: what it reads, what it moves, what it administers. */
export function contractRateClass({ service, name, keyed }: ContractRpc): "reads" | "movements" | "admin" {
  if (name === "ExecuteStream") return "movements";
  if (!keyed) return "reads";
  return service === "wallet.v1.AdminService" ? "admin" : "movements";
}

function names(text: string): string[] {
  return text
    .split(/[,\n]/)
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

function toRpc(service: ContractRpc["service"], row: string): ContractRpc {
  return { service, name: row.replace(/ w$/, ""), keyed: row.endsWith(" w") };
}
