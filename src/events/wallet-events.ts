import { findChangedWallets, listWalletEvents, type WalletEventRow, type WalletPlace } from "../db/feed.js";
import { type HoldPayload, holdAt } from "../db/hold-events.js";
import { findHoldRows } from "../db/holds.js";
import type { Pool } from "../db/pool.js";
import { findTransactions, type TransactionRecord } from "../db/transactions.js";
import { findChangingWallets } from "../db/wallets.js";
import type { Hold } from "../ledger/hold.js";
import type { Posting } from "../ledger/transaction.js";
import type { Balance, Wallet, WalletStatus } from "../ledger/wallet.js";
import type { FeedLimits } from "./limits.js";
import { type Placed, placeOfVersion } from "./place.js";

/** What happened to a wallet. */
export interface WalletChange extends Placed {
  readonly kind: "change";
  readonly walletId: string;
  /** What it has after the change. */
  readonly balance: Balance;
  readonly status: WalletStatus;
  /** The posting that is the change, and its transaction; null when it is not one. */
  readonly posted: { readonly posting: Posting; readonly record: TransactionRecord } | null;
  /** The hold whose making, capture or end it is, as it was after it; null when none is concerned. */
  readonly hold: Hold | null;
  /** In microseconds since 1970. */
  readonly time: bigint;
}

/** The wallet as it is, in place of changes that the outbox no longer has. */
export interface WalletSnapshot extends Placed {
  readonly kind: "snapshot";
  readonly walletId: string;
  readonly wallet: Wallet;
}

export type WalletEvent = WalletChange | WalletSnapshot;

/** Events of some wallets, for each in order of versions. */
export interface WalletEventPage {
  readonly events: readonly WalletEvent[];
  /** Whether these wallets had no more to read. */
  readonly complete: boolean;
}

/** What happened to these wallets since. One statement finds those that changed; only those are read, some at a time. */
export async function* readWalletEvents(
  reader: Pool,
  known: readonly WalletPlace[],
  { pageMax, walletsPerRead }: Pick<FeedLimits, "pageMax" | "walletsPerRead">,
): AsyncGenerator<WalletEventPage> {
  const changed = new Set((await findChangedWallets(reader, known)).map(({ walletId }) => walletId));
  const behind = known.filter(({ walletId }) => changed.has(walletId));
  for (let start = 0; start < behind.length; start += walletsPerRead) {
    yield await readPage(reader, behind.slice(start, start + walletsPerRead), pageMax);
  }
}

async function readPage(
  reader: Pool,
  behind: readonly WalletPlace[],
  pageMax: number,
): Promise<WalletEventPage> {
  const rows = new Map<string, WalletEventRow[]>(behind.map(({ walletId }) => [walletId, []]));
  for (const row of await listWalletEvents(reader, behind, pageMax)) rows.get(row.walletId)?.push(row);
  const whole = behind.flatMap((known) => (isWhole(known, rows.get(known.walletId)) ? [known.walletId] : []));
  const lost = behind.map(({ walletId }) => walletId).filter((walletId) => !whole.includes(walletId));
  const changes = await changesOf(
    reader,
    whole.flatMap((walletId) => rows.get(walletId) ?? []),
  );
  return {
    events: [...changes, ...(await snapshotsOf(reader, lost))],
    complete: whole.every((walletId) => (rows.get(walletId)?.length ?? 0) < pageMax),
  };
}

/** Whether the outbox still has every change since. The wallet did change, so no rows at all are a gap, too. */
function isWhole({ version }: WalletPlace, rows: readonly WalletEventRow[] = []): boolean {
  return rows.length > 0 && rows.every((row, index) => row.version === version + BigInt(index + 1));
}

async function snapshotsOf(reader: Pool, walletIds: readonly string[]): Promise<WalletSnapshot[]> {
  if (walletIds.length === 0) return [];
  const wallets = await findChangingWallets(reader, walletIds);
  return wallets.map((wallet) => ({
    kind: "snapshot",
    walletId: wallet.id,
    place: placeOfVersion(wallet.version),
    wallet,
  }));
}

async function changesOf(reader: Pool, rows: readonly WalletEventRow[]): Promise<WalletChange[]> {
  const ids = new Set(rows.map(({ transactionId }) => transactionId).filter((id) => id !== null));
  const found = ids.size === 0 ? [] : await findTransactions(reader, [...ids]);
  const records = new Map(found.map((record) => [record.transaction.id, record]));
  const holds = await holdsOf(reader, rows);
  return rows.map((row) => toChange(row, records, holds));
}

async function holdsOf(reader: Pool, rows: readonly WalletEventRow[]): Promise<Map<string, Hold>> {
  const ids = new Set(rows.flatMap(({ hold }) => (hold === null ? [] : [hold.id])));
  const found = ids.size === 0 ? [] : await findHoldRows(reader, [...ids]);
  return new Map(found.map((hold) => [hold.id, hold]));
}

function toChange(
  row: WalletEventRow,
  records: ReadonlyMap<string, TransactionRecord>,
  holds: ReadonlyMap<string, Hold>,
): WalletChange {
  const { walletId, version, asset, posted, held, available, status, time } = row;
  return {
    kind: "change",
    walletId,
    place: placeOfVersion(version),
    balance: { walletId, asset, posted, held, available, version },
    status,
    posted: row.transactionId === null ? null : postedBy(row, records.get(row.transactionId)),
    hold: row.hold === null ? null : heldThen(row.hold, holds.get(row.hold.id)),
    time,
  };
}

function heldThen(event: HoldPayload, row: Hold | undefined): Hold {
  if (row === undefined) throw new Error(`hold ${event.id} has an event but no row`);
  return holdAt(event, row);
}

function postedBy(
  { walletId, version, transactionId }: WalletEventRow,
  record: TransactionRecord | undefined,
): WalletChange["posted"] {
  const posting = record?.postings.find((one) => one.walletId === walletId && one.version === version);
  if (record === undefined || posting === undefined)
    throw new Error(
      `transaction ${transactionId} has no posting that makes version ${version} of ${walletId}`,
    );
  return { posting, record };
}
