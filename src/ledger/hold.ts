/** ACTIVE holds what was not captured yet; each other state is final. */
export type HoldState = "ACTIVE" | "CAPTURED" | "VOIDED" | "EXPIRED";

/** An amount set aside in a wallet. It is changed only under the lock of its wallet. Values are never changed in place. */
export interface Hold {
  readonly id: string;
  readonly walletId: string;
  readonly asset: string;
  /** What was authorized, in the asset's smallest units; positive. */
  readonly amount: bigint;
  readonly captured: bigint;
  /** What was given back to the wallet when it was resolved; 0 while ACTIVE. */
  readonly released: bigint;
  readonly state: HoldState;
  readonly externalReference: string;
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly voidReason: string;
  /** The caller: issuer, role and subject. */
  readonly initiatedBy: string;
  /** The holder a service acted for. Empty when there is none. */
  readonly onBehalfOf: string;
  readonly requestId: string;
  /** In microseconds since 1970, as all times. */
  readonly createTime: bigint;
  readonly expireTime: bigint;
  /** When it left ACTIVE, or null. */
  readonly resolveTime: bigint | null;
}
