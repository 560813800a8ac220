import type { Hold, HoldState } from "../ledger/hold.js";

/** What an event tells of a hold: all that can change. The rest is in the hold's row. Numbers and times are text. */
export interface HoldPayload {
  readonly id: string;
  readonly state: HoldState;
  readonly captured: string;
  readonly released: string;
  readonly void_reason: string;
  readonly expire_time: string;
  readonly resolve_time: string | null;
}

export function toHoldPayload(hold: Hold): HoldPayload {
  return {
    id: hold.id,
    state: hold.state,
    captured: `${hold.captured}`,
    released: `${hold.released}`,
    void_reason: hold.voidReason,
    expire_time: `${hold.expireTime}`,
    resolve_time: hold.resolveTime === null ? null : `${hold.resolveTime}`,
  };
}

/** The hold as it was when the event was written, from its row as it is now. */
export function holdAt(event: HoldPayload, row: Hold): Hold {
  return {
    ...row,
    state: event.state,
    captured: BigInt(event.captured),
    released: BigInt(event.released),
    voidReason: event.void_reason,
    expireTime: BigInt(event.expire_time),
    resolveTime: event.resolve_time === null ? null : BigInt(event.resolve_time),
  };
}
