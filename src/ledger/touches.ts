import { legsOf } from "./legs.js";
import {
  type AuthorizeMovement,
  addressOfWallet,
  type CaptureMovement,
  type ExtendMovement,
  type Movement,
  type VoidMovement,
  type WalletAddress,
} from "./movement.js";
import { assetsOf, type Original, subjectIdOf, walletIdsOf } from "./original.js";
import type { ReferenceType } from "./state.js";
import { limitedTypes } from "./transaction.js";
import { isSystemWallet } from "./wallet.js";

/** What a movement has to find locked before it can be planned. */
export interface Touches {
  /** The codes of its assets. */
  readonly assets: readonly string[];
  /** Its wallets. One that is named by its holder may be opened by it. */
  readonly wallets: readonly WalletAddress[];
  /** The asset and type that its external reference counts for; empty when it has none. */
  readonly references: readonly { readonly asset: string; readonly type: ReferenceType }[];
  /** The holds that it captures, voids or extends, by id. */
  readonly holds: readonly string[];
  /** The transactions that it refunds or reverses, by id. */
  readonly originals: readonly string[];
  /** The jobs that it ends, by id. */
  readonly jobs: readonly string[];
  /** The wallets that value leaves in a way that daily limits count, by id; see wallet-limits.ts. */
  readonly debited: readonly string[];
  /** The wallet that its caller speaks for; null when it is about several, none before the others. */
  readonly subject: WalletAddress | null;
}

/** The wallets of holders among those that a movement touches, each once. System wallets are told by their ids. */
export function holderWalletIds({ wallets, assets }: Touches): string[] {
  const ids = new Set(wallets.map(({ walletId }) => walletId));
  return [...ids].filter((id) => !assets.some((asset) => isSystemWallet(asset, id)));
}

const nothingElse = { holds: [], originals: [], jobs: [], debited: [] } as const;

export function touchesOf(movement: Movement): Touches {
  switch (movement.kind) {
    case "simple": {
      const { asset, type, source, destination, subject, externalReference } = movement;
      return {
        assets: [asset],
        wallets: [source, destination],
        ...nothingElse,
        references: externalReference === "" ? [] : [{ asset, type }],
        debited: limitedTypes.includes(type) ? [source.walletId] : [],
        subject: subject === "source" ? source : destination,
      };
    }
    case "refund":
      return correctionTouches(movement.original, "REFUND", movement.externalReference);
    case "reversal":
      return correctionTouches(movement.original, "REVERSAL", movement.externalReference);
    case "job_failure":
      return { ...correctionTouches(movement.original, "REFUND", ""), jobs: [movement.jobId] };
    case "compound": {
      const legs = legsOf(movement);
      const assets = [...new Set(legs.map(({ asset }) => asset))];
      return {
        assets,
        wallets: legs.map(({ address }) => address),
        ...nothingElse,
        references:
          movement.externalReference === "" ? [] : assets.map((asset) => ({ asset, type: "COMPOUND" })),
        debited: legs.filter(({ amount }) => amount < 0n).map(({ address }) => address.walletId),
        subject: null,
      };
    }
    case "authorize":
      return authorizeTouches(movement);
    case "capture":
      return captureTouches(movement);
    case "void":
    case "extend":
      return holdTouches(movement);
    case "enqueue":
      return { assets: [], wallets: [], ...nothingElse, references: [], subject: null };
    case "expiry":
      return {
        assets: [],
        wallets: [...new Set(movement.holds.map(({ walletId }) => walletId))].map(addressOfWallet),
        ...nothingElse,
        references: [],
        holds: movement.holds.map(({ id }) => id),
        subject: null,
      };
  }
}

function authorizeTouches({ asset, wallet, externalReference }: AuthorizeMovement): Touches {
  return {
    assets: [asset],
    wallets: [wallet],
    ...nothingElse,
    references: externalReference === "" ? [] : [{ asset, type: "HOLD" }],
    debited: [wallet.walletId],
    subject: wallet,
  };
}

/** Without the hold there is nothing to lock: that there is none is all there is to find out. */
function holdTouches({ holdId, hold }: CaptureMovement | VoidMovement | ExtendMovement): Touches {
  if (hold === null) return { assets: [], wallets: [], ...nothingElse, references: [], subject: null };
  const wallet = addressOfWallet(hold.walletId);
  return {
    assets: [hold.asset],
    wallets: [wallet],
    ...nothingElse,
    references: [],
    holds: [holdId],
    subject: wallet,
  };
}

function captureTouches(movement: CaptureMovement): Touches {
  const touches = holdTouches(movement);
  const { hold, splits, externalReference } = movement;
  if (hold === null) return touches;
  return {
    ...touches,
    wallets: [...touches.wallets, ...splits.map(({ wallet }) => wallet)],
    references: externalReference === "" ? [] : [{ asset: hold.asset, type: "CAPTURE" }],
  };
}

/** A refund and a reversal touch what their original touched. */
function correctionTouches(
  original: Original | null,
  type: "REFUND" | "REVERSAL",
  externalReference: string,
): Touches {
  if (original === null) return { assets: [], wallets: [], references: [], ...nothingElse, subject: null };
  const assets = assetsOf(original);
  const subjectId = subjectIdOf(original);
  return {
    assets,
    wallets: walletIdsOf(original).map(addressOfWallet),
    references: externalReference === "" ? [] : assets.map((asset) => ({ asset, type })),
    ...nothingElse,
    originals: [original.transaction.id],
    subject: subjectId === null ? null : addressOfWallet(subjectId),
  };
}
