import { readClock } from "../db/clock.js";
import { claimEmail, insertHolder, releaseEmail, updateHolder } from "../db/holders.js";
import { lockHolderForWrite, lockWallets } from "../db/locks.js";
import { updateStatuses, walletIdsOfHolder } from "../db/wallet-writes.js";
import { postTimeOf } from "../ledger/post.js";
import { holderNotFound } from "../ledger/rules.js";
import type { Holder, HolderStatus, Wallet } from "../ledger/wallet.js";
import { WalletError } from "../ledger/wallet-error.js";
import type { ActContext } from "./acts.js";
import { RerunError } from "./attempts.js";
import { announce } from "./events.js";
import { releaseExpired } from "./holds.js";

/** Makes a holder. It has no wallets until they are credited or created. */
export async function createHolder(
  { session, now }: ActContext,
  given: { id: string; email: string | null; displayName: string },
): Promise<Holder> {
  const holder: Holder = { ...given, status: "ACTIVE", createTime: now, updateTime: now };
  if (!(await insertHolder(session, holder))) {
    throw new WalletError("HOLDER_EXISTS", `Holder ${holder.id} exists already.`, {
      metadata: { holder_id: holder.id },
    });
  }
  if (holder.email !== null && !(await claimEmail(session, holder.email, holder.id)))
    throw emailTaken(holder.email);
  return holder;
}

/** Changes what is given of a holder; what is undefined stays. */
export async function changeHolder(
  { session, locks }: ActContext,
  id: string,
  change: { email?: string | null; displayName?: string },
): Promise<Holder> {
  const [holder, now] = await Promise.all([lockHolderForWrite(locks, session, id), readClock(session)]);
  if (holder === undefined) throw holderNotFound(id);
  const changed = { ...holder, ...change, updateTime: now };
  if (changed.email?.toLowerCase() !== holder.email?.toLowerCase()) {
    if (holder.email !== null) await releaseEmail(session, id, holder.email);
    if (changed.email !== null && !(await claimEmail(session, changed.email, id)))
      throw emailTaken(changed.email);
  }
  await updateHolder(session, changed);
  return changed;
}

/**
 * Suspends or reactivates a holder and writes that onto its wallets under their locks, so that nothing is posted to
 * them after this is answered.
 *
 * Wallets are locked before the holder, as everywhere. One that was opened in between shows up in a second look, and
 * the act begins again.
 */
export async function setHolderStatus(
  { session, locks }: ActContext,
  id: string,
  status: HolderStatus,
): Promise<Holder> {
  const walletIds = await walletIdsOfHolder(session, id);
  const wallets = await lockWallets(locks, session, walletIds, "wait");
  const [holder, clock] = await Promise.all([lockHolderForWrite(locks, session, id), readClock(session)]);
  if (holder === undefined) throw holderNotFound(id);
  const walletIdsNow = await walletIdsOfHolder(session, id);
  if (walletIdsNow.length !== walletIds.length)
    throw new RerunError("a wallet of the holder was opened meanwhile");
  if (holder.status === status) return holder;
  const now = postTimeOf({ now: clock }, wallets);
  const changed = { ...holder, status, updateTime: now };
  await updateHolder(session, changed);
  await changeStatuses(
    session,
    (await releaseExpired({ session, now }, wallets)).map((wallet) => ({ ...wallet, holderStatus: status })),
    now,
  );
  return changed;
}

async function changeStatuses(session: ActContext["session"], wallets: Wallet[], now: bigint): Promise<void> {
  if (wallets.length === 0) return;
  const changed = wallets.map((wallet) => ({ ...wallet, version: wallet.version + 1n, updateTime: now }));
  await updateStatuses(session, changed);
  await announce(session, changed, "status");
}

function emailTaken(email: string): WalletError {
  return new WalletError("EMAIL_TAKEN", `The e-mail address ${email} belongs to another holder.`, {
    metadata: { email },
  });
}
