import { newId } from "../../engine/new-id.js";
import type { PostTransactionRequest } from "../../gen/wallet/v1/compound_pb.js";
import { type Command, makeCommand } from "../../ledger/command.js";
import { compoundFingerprint } from "../../ledger/fingerprint.js";
import { imbalanceOf } from "../../ledger/legs.js";
import type { CompoundMovement, Leg } from "../../ledger/movement.js";
import { WalletError } from "../../ledger/wallet-error.js";
import { Check } from "./check.js";
import { type Asking, claimOf } from "./claim.js";
import { decodeExchange } from "./exchange.js";
import { decodeLeg } from "./leg.js";
import { checkDescription, checkExternalReference, decodeMetadata } from "./text.js";

const legsMax = 100;
const exchangesMax = 10;
/** Enough to mend a request by. The details of an error have to fit into HTTP trailers. */
const namedAssetsMax = 16;

/**
 * The command that a PostTransaction request asks for.
 *
 * @throws INVALID_FIELD, SAME_WALLET or LEGS_UNBALANCED
 */
export function decodeCompound(request: PostTransactionRequest, call: Asking): Command {
  const check = new Check();
  const movement = decodeMovement(check, call, request);
  check.done();
  assertWalletsDiffer(movement.legs);
  assertBalances(movement);
  return makeCommand(claimOf(call, newId(), compoundFingerprint(call.method, movement)), movement);
}

function decodeMovement(check: Check, call: Asking, request: PostTransactionRequest): CompoundMovement {
  const { legs, exchanges, description, externalReference, validateOnly } = request;
  check.that(legs.length >= 1 && legs.length <= legsMax, "legs", `must be 1 to ${legsMax}`);
  check.that(exchanges.length <= exchangesMax, "exchanges", `must be at most ${exchangesMax}`);
  checkDescription(check, description);
  checkExternalReference(check, externalReference);
  return {
    kind: "compound",
    legs: legs.slice(0, legsMax).map((leg, index) => decodeLeg(check, call, leg, `legs[${index}]`)),
    exchanges: exchanges
      .slice(0, exchangesMax)
      .map((exchange, index) => decodeExchange(check, exchange, `exchanges[${index}]`)),
    description,
    externalReference,
    metadata: decodeMetadata(check, request.metadata),
    validateOnly,
  };
}

function assertWalletsDiffer(legs: readonly Leg[]): void {
  const named = new Map<string, number>();
  for (const [index, { address }] of legs.entries()) {
    const first = named.get(address.walletId);
    if (first !== undefined) throw sameWallet(address.walletId, first, index);
    named.set(address.walletId, index);
  }
}

function sameWallet(walletId: string, first: number, second: number): WalletError {
  return new WalletError(
    "SAME_WALLET",
    `legs[${first}] and legs[${second}] both change wallet ${walletId}. Make one leg of them.`,
    { metadata: { wallet_id: walletId, first_leg: `${first}`, second_leg: `${second}` } },
  );
}

function assertBalances(movement: CompoundMovement): void {
  const imbalance = [...imbalanceOf(movement)];
  if (imbalance.length === 0) return;
  const named = imbalance.slice(0, namedAssetsMax);
  throw new WalletError(
    "LEGS_UNBALANCED",
    `The legs and exchanges must sum to zero for each asset, but leave ${named
      .map(([asset, sum]) => `${sum} ${asset}`)
      .join(", ")} over${imbalance.length > named.length ? ", and more" : ""}.`,
    {
      metadata: {
        unbalanced_assets: `${imbalance.length}`,
        ...Object.fromEntries(named.map(([asset, sum]) => [`sum_units_${asset}`, `${sum}`])),
      },
    },
  );
}
