import { newId } from "../../engine/new-id.js";
import type { Money } from "../../gen/wallet/v1/money_pb.js";
import { type Command, makeCommand } from "../../ledger/command.js";
import { movementFingerprint } from "../../ledger/fingerprint.js";
import type { SimpleMovement } from "../../ledger/movement.js";
import { WalletError } from "../../ledger/wallet-error.js";
import type { Check } from "./check.js";
import { type Asking, claimOf } from "./claim.js";
import { checkAssetCode, checkDescription, checkExternalReference, decodeMetadata } from "./text.js";
import { decodeExpectedVersion } from "./version.js";

/** The fields that every request to move value has. */
interface MovementFields {
  readonly metadata: Record<string, string>;
  readonly externalReference: string;
  readonly expectedVersion?: bigint | undefined;
  readonly validateOnly: boolean;
}

/** What a movement needs besides its wallets and amount. */
export type Conditions = Pick<
  SimpleMovement,
  "description" | "metadata" | "externalReference" | "expectedVersion" | "validateOnly"
>;

/** The amount of a movement: an asset and at least one unit of it. */
export function decodeAmount(check: Check, amount: Money | undefined): { asset: string; units: bigint } {
  if (amount === undefined) check.wrong("amount", "is required");
  const { asset = "", units = 0n } = amount ?? {};
  if (amount !== undefined) checkAssetCode(check, "amount.asset", asset);
  return { asset, units };
}

/** The fields that every movement shares. */
export function decodeConditions(check: Check, request: MovementFields, description: string): Conditions {
  checkDescription(check, description);
  checkExternalReference(check, request.externalReference);
  return {
    description,
    metadata: decodeMetadata(check, request.metadata),
    externalReference: request.externalReference,
    expectedVersion: decodeExpectedVersion(check, "expected_version", request.expectedVersion),
    validateOnly: request.validateOnly,
  };
}

/**
 * A movement with the claim it travels under.
 *
 * @throws SAME_WALLET
 */
export function commandOf(call: Asking, movement: SimpleMovement): Command {
  const { source, destination } = movement;
  if (source.walletId === destination.walletId) {
    throw new WalletError("SAME_WALLET", `Source and destination are both wallet ${source.walletId}.`, {
      metadata: { wallet_id: source.walletId },
    });
  }
  return makeCommand(claimOf(call, newId(), movementFingerprint(call.method, movement)), movement);
}
