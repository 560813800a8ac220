import { type AuditEntry, AuditKind } from "../../src/gen/wallet/v1/audit_pb.js";
import { holderWalletId } from "../../src/ledger/wallet.js";
import { keyed, startApp, type TestApp } from "./app.js";
import { givenAsset, givenFunds, givenHolder, ofHolder } from "./given.js";
import { until } from "./watch.js";

let requests = 0;

/** A request id that no other call of this run has. */
export function freshRequestId(): string {
  return `audited-${++requests}`;
}

/** Call options with a request id, and with an idempotency key. */
export function tagged(requestId: string) {
  return { headers: { ...keyed().headers, "x-request-id": requestId } };
}

/** The entries of a request, once there are this many of them, newest first. */
export async function entriesOf(app: TestApp, requestId: string, count = 1): Promise<AuditEntry[]> {
  const { admin } = app.as("auditor", "reader-of-the-log");
  let found: AuditEntry[] = [];
  await until(`${requestId} is on record`, async () => {
    found = (await admin.listAuditEntries({ requestId })).auditEntries;
    return found.length >= count;
  });
  return found;
}

/** An entry as a test can read it; the id and the time are left out. */
export interface ReadableEntry {
  readonly kind: string;
  readonly caller: string;
  readonly onBehalfOf: string;
  readonly remoteAddress: string;
  readonly method: string;
  readonly errorReason: string;
  readonly holderIds: string[];
  readonly walletIds: string[];
  readonly transactionId: string;
  readonly resourceId: string;
  readonly reason: string;
  readonly requestId: string;
}

/** Whether a call is recorded, and how: its only entry. Fails the test when it has several. */
export async function entryOf(app: TestApp, requestId: string): Promise<ReadableEntry> {
  const [entry, ...more] = await entriesOf(app, requestId);
  if (entry === undefined || more.length > 0) throw new Error(`${requestId} has ${more.length + 1} entries`);
  return readable(entry);
}

export function readable({
  $typeName: _,
  id: __,
  createTime: ___,
  kind,
  ...entry
}: AuditEntry): ReadableEntry {
  return { ...entry, kind: AuditKind[kind], walletIds: entry.walletIds.toSorted() };
}

export const walletService = "wallet.v1.WalletService";
export const adminService = "wallet.v1.AdminService";

/** The wallets of the holders that there are. */
export const alices = holderWalletId("gold", "alice");
export const bobs = holderWalletId("gold", "bob");

/** A transfer between them. */
export const both = { source: ofHolder("alice"), destination: ofHolder("bob") };
export const amount = { asset: "gold", units: 10n };

/** What the entry of a service's transfer says before it is known of whom, and any other that a test says less of. */
export const usual: ReadableEntry = {
  kind: "MOVEMENT",
  caller: "wallet|service|shop",
  onBehalfOf: "",
  remoteAddress: "127.0.0.1",
  method: `${walletService}/Transfer`,
  errorReason: "",
  holderIds: [],
  walletIds: [],
  transactionId: "",
  resourceId: "",
  reason: "",
  requestId: "",
};

/** The service, which applies its queue, with two holders who have gold. */
export async function startAudited(): Promise<TestApp> {
  const app = await startApp({ queue: {} });
  await givenAsset(app, "gold");
  for (const id of ["alice", "bob"]) await givenHolder(app, id);
  await givenFunds(app, "alice", "gold", 10_000n);
  await givenFunds(app, "bob", "gold", 100n);
  return app;
}
