import { listWalletOwners, type WalletOwner } from "../../db/integrity/wallet-owners.js";
import type { Session } from "../../db/session.js";
import type { IntegrityFinding } from "../../ledger/integrity.js";
import { derivedWalletId } from "../../ledger/wallet.js";

/**
 * Verifies that wallets are whose they were when they were opened: a wallet's id is derived from its owner, and every
 * posting has the id in its hash. It is done here, because PostgreSQL has no SHA-1 of its own.
 */
export async function findWrongOwners(
  session: Session,
  walletIds: readonly string[],
): Promise<IntegrityFinding[]> {
  return (await listWalletOwners(session, walletIds)).flatMap(findingOf);
}

function findingOf(owner: WalletOwner): IntegrityFinding[] {
  const { id, asset, holderId, systemRole } = owner;
  const expected = derivedWalletId(owner);
  if (expected === id) return [];
  const named = holderId === null ? `the system wallet ${systemRole}` : `the wallet of holder ${holderId}`;
  return [
    {
      rule: "WALLET_OWNER",
      message: `Wallet ${id} says that it is ${named} for ${asset}, which has the id ${expected}.`,
      asset,
      walletId: id,
      postingSeq: null,
      transactionId: null,
      checkpointId: null,
      expected,
      actual: id,
    },
  ];
}
