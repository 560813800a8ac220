import type { MessageInitShape } from "@bufbuild/protobuf";
import type { WalletRefSchema } from "../../../src/gen/wallet/v1/wallet_pb.js";
import type { keyed, TestClients } from "../../support/app.js";
import { ofHolder } from "../../support/given.js";
import { type Named, ownWallet } from "./named-wallet.js";
import type { Place } from "./place.js";

/** What is asked of a movement, whichever RPC makes it. */
export interface Terms extends Named {
  readonly units: bigint;
  readonly destination: MessageInitShape<typeof WalletRefSchema>;
  readonly externalReference?: string;
  readonly expectedVersion?: bigint;
}

/** What a movement is called with on the wire. */
type Request = Omit<Terms, "asset" | "units" | "destination"> & { amount: { asset: string; units: bigint } };

/** What a movement answers, as far as the cases look at it. */
interface Moved {
  readonly transaction?: { readonly id: string } | undefined;
  readonly hold?: { readonly id: string } | undefined;
}

type Options = ReturnType<typeof keyed> | undefined;

/** An RPC that moves one amount, or sets it aside. */
export interface Kind {
  readonly rpc: string;
  /** Under which its external references are told apart. */
  readonly type: string;
  move(by: TestClients, request: Request, options: Options, to: Terms["destination"]): Promise<Moved>;
}

export const topUp: Kind = {
  rpc: "TopUp",
  type: "TOP_UP",
  move: (by, request, options) => by.wallet.topUp(request, options),
};

export const withdraw: Kind = {
  rpc: "Withdraw",
  type: "WITHDRAWAL",
  move: (by, request, options) => by.wallet.withdraw(request, options),
};

export const spend: Kind = {
  rpc: "Spend",
  type: "SPEND",
  move: (by, request, options) => by.wallet.spend(request, options),
};

export const grantBonus: Kind = {
  rpc: "GrantBonus",
  type: "BONUS",
  move: (by, request, options) => by.wallet.grantBonus(request, options),
};

export const transfer: Kind = {
  rpc: "Transfer",
  type: "TRANSFER",
  move: (by, { wallet: source, ...rest }, options, destination) =>
    by.wallet.transfer({ source, destination, ...rest }, options),
};

export const adjustBalance: Kind = {
  rpc: "AdjustBalance",
  type: "ADJUSTMENT",
  move: (by, request, options) => by.admin.adjustBalance({ ...request, reason: "miscounted" }, options),
};

export const authorizeHold: Kind = {
  rpc: "AuthorizeHold",
  type: "HOLD",
  move: (by, request, options) => by.wallet.authorizeHold(request, options),
};

/** Asks for a movement: one unit, in or out of the wallet of the place's holder, unless the terms say otherwise. */
export function ask(
  place: Place,
  kind: Kind,
  terms: Partial<Terms>,
): (by: TestClients, options: Options) => Promise<Moved> {
  const defaults = { ...ownWallet(place), units: 1n, destination: ofHolder(place.stranger) };
  const { asset, units, destination, ...rest } = { ...defaults, ...terms };
  return (by, options) => kind.move(by, { ...rest, amount: { asset, units } }, options, destination);
}
