import type { WalletFacts } from "../ledger/anomaly/observation.js";
import type { Profile } from "../ledger/anomaly/profile.js";
import { fromProfileJson, type ProfileJson, toProfileJson } from "../ledger/anomaly/profile-text.js";
import type { Pool } from "./pool.js";
import { readRows } from "./read.js";
import type { Session } from "./session.js";
import { plainArray, textArray } from "./sql.js";

interface ProfileRow {
  wallet_id: string;
  profile: ProfileJson;
}

interface FactsRow {
  id: string;
  holder_id: string;
  transaction_limit: string | null;
}

/** Those of these wallets' profiles that are kept. */
export async function findProfiles(reader: Pool, walletIds: Iterable<string>): Promise<Map<string, Profile>> {
  const rows = await readRows<ProfileRow>(
    reader,
    "select p.wallet_id, p.profile from wallet_profiles p where p.wallet_id = any($1::uuid[])",
    [plainArray(walletIds)],
  );
  return new Map(rows.map((row) => [row.wallet_id, fromProfileJson(row.profile)]));
}

/** Those of these wallets that are holders', with the lower one of the wallet's and its asset's limit. */
export async function findWalletFacts(
  reader: Pool,
  walletIds: Iterable<string>,
): Promise<Map<string, WalletFacts>> {
  const rows = await readRows<FactsRow>(
    reader,
    `select w.id, w.holder_id, least(w.transaction_limit, a.transaction_limit) as transaction_limit
     from wallets w join assets a on a.code = w.asset
     where w.id = any($1::uuid[]) and w.holder_id is not null`,
    [plainArray(walletIds)],
  );
  return new Map(
    rows.map(({ id, holder_id, transaction_limit }) => [
      id,
      {
        holderId: holder_id,
        transactionLimit: transaction_limit === null ? null : BigInt(transaction_limit),
      },
    ]),
  );
}

/** So few that making a statement of them takes a few milliseconds, and calls are served before the next. */
const savedAtOnce = 50;

/** Keeps profiles, each in the place of the one before, in the order of their wallets. */
export async function saveProfiles(session: Session, profiles: ReadonlyMap<string, Profile>): Promise<void> {
  const ordered = [...profiles].sort(([one], [other]) => (one < other ? -1 : 1));
  for (let begin = 0; begin < ordered.length; begin += savedAtOnce)
    await saveSome(session, ordered.slice(begin, begin + savedAtOnce));
}

async function saveSome(
  session: Session,
  profiles: readonly (readonly [walletId: string, profile: Profile])[],
): Promise<void> {
  await session.send(
    `insert into wallet_profiles (wallet_id, profile)
     select * from unnest($1::uuid[], $2::jsonb[]) as kept (wallet_id, profile)
     on conflict (wallet_id) do update set profile = excluded.profile`,
    [
      plainArray(profiles.map(([walletId]) => walletId)),
      textArray(profiles.map(([, profile]) => JSON.stringify(toProfileJson(profile)))),
    ],
  );
}
