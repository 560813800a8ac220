import type { MessageInitShape } from "@bufbuild/protobuf";
import type { LegSchema } from "../../src/gen/wallet/v1/compound_pb.js";
import type { SystemRole } from "../../src/gen/wallet/v1/wallet_pb.js";
import { ofHolder, ofWallet } from "./given.js";

/** A leg of a PostTransaction request. */
export type LegInit = MessageInitShape<typeof LegSchema>;

/** A leg of a holder's wallet. */
export function legOf(holderId: string, asset: string, units: bigint, expectedVersion?: bigint): LegInit {
  return {
    target: { case: "wallet", value: ofHolder(holderId) },
    amount: { asset, units },
    ...(expectedVersion !== undefined && { expectedVersion }),
  };
}

/** A leg of a system wallet. */
export function systemLeg(role: SystemRole, asset: string, units: bigint): LegInit {
  return { target: { case: "systemRole", value: role }, amount: { asset, units } };
}

/** A leg of a wallet that is named by its id. */
export function legOfWallet(walletId: string, asset: string, units: bigint): LegInit {
  return { target: { case: "wallet", value: ofWallet(walletId) }, amount: { asset, units } };
}
