/**
 * What an RPC is to the limits of those who call it; each class is counted by itself. `movements` are all writes of
 * WalletService, `admin` all those of AdminService.
 */
export type RateClass = "reads" | "movements" | "admin";
