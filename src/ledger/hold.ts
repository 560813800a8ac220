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

/** How many units it holds; 0 once it is resolved. */
export function heldBy(hold: Hold): bigint {
  return hold.amount - hold.captured - hold.released;
}

/** Whether its time has run out and nobody has released it yet. */
export function isDue(hold: Hold, now: bigint): boolean {
  return hold.state === "ACTIVE" && hold.expireTime <= now;
}

/** The hold after it has left ACTIVE: what was not captured is released. */
export function resolved(hold: Hold, state: Exclude<HoldState, "ACTIVE">, time: bigint): Hold {
  return { ...hold, state, released: hold.amount - hold.captured, resolveTime: time };
}

/**
 * The hold after its time has run out. It is resolved at the instant it expired, whenever it is released, so that it
 * reads the same before the release and after it.
 */
export function expired(hold: Hold): Hold {
  return resolved(hold, "EXPIRED", hold.expireTime);
}
