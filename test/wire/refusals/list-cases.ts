import type { TestClients } from "../../support/app.js";
import { ownWallet } from "./named-wallet.js";
import type { Place } from "./place.js";
import type { RefusalCase } from "./refusal-case.js";

type List = (
  by: TestClients,
  page: { pageSize?: number; pageToken?: string },
  place: Place,
) => Promise<unknown>;

/** The RPCs that answer page by page. */
const lists: Record<string, List> = {
  ListHolders: (by, page) => by.wallet.listHolders(page),
  ListAssets: (by, page) => by.wallet.listAssets(page),
  ListWallets: (by, page) => by.wallet.listWallets(page),
  ListTransactions: (by, page) => by.wallet.listTransactions(page),
  ListPostings: (by, page, place) => by.wallet.listPostings({ ...page, ...ownWallet(place) }),
  ListHolds: (by, page) => by.wallet.listHolds(page),
  ListJobs: (by, page) => by.wallet.listJobs(page),
  ListAuditEntries: (by, page) => by.admin.listAuditEntries(page),
  ListAnomalies: (by, page) => by.admin.listAnomalies(page),
  ListCheckpoints: (by, page) => by.admin.listCheckpoints(page),
};

/** The lists in which a holder may see its own only. */
const ownLists: Record<string, (by: TestClients, holderId: string) => Promise<unknown>> = {
  ListWallets: (by, holderId) => by.wallet.listWallets({ holderId }),
  ListHolds: (by, holderId) => by.wallet.listHolds({ holderId }),
  ListJobs: (by, holderId) => by.wallet.listJobs({ holderId }),
};

/** Every refusal of the lists, beside those of the wallet that some of them name. */
export const listCases: readonly RefusalCase[] = [
  ...Object.entries(lists).flatMap(([rpc, list]): RefusalCase[] => [
    {
      rpc,
      reason: "INVALID_FIELD",
      when: "with a page of fewer than no elements",
      arrange: (place) => ({
        call: (by) => list(by, { pageSize: -1 }, place),
        metadata: { fields: "page_size" },
      }),
    },
    {
      rpc,
      reason: "PAGE_TOKEN_INVALID",
      when: "with a page token that nobody gave out",
      arrange: (place) => ({
        call: (by) => list(by, { pageToken: "the second page" }, place),
        metadata: {},
      }),
    },
  ]),
  ...Object.entries(ownLists).map(
    ([rpc, list]): RefusalCase => ({
      rpc,
      reason: "NOT_YOUR_WALLET",
      when: "of another holder",
      arrange: ({ app, holder, stranger }) => ({
        by: app.as("holder", stranger),
        call: (by) => list(by, holder),
        metadata: {},
      }),
    }),
  ),
];
