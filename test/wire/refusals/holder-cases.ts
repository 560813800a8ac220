import { keyed, type TestClients } from "../../support/app.js";
import type { Place } from "./place.js";
import type { Asked, RefusalCase } from "./refusal-case.js";

const reason = "for the test";

type Call = (by: TestClients, named: string, options: Parameters<Asked["call"]>[1]) => Promise<unknown>;

/** The RPCs that change a holder, by its id. */
const holderActs: Record<string, Call> = {
  SuspendHolder: (by, holderId, options) => by.admin.suspendHolder({ holderId, reason }, options),
  ReactivateHolder: (by, holderId, options) => by.admin.reactivateHolder({ holderId, reason }, options),
  UpdateHolder: (by, holderId, options) => by.wallet.updateHolder({ holderId, displayName: "A" }, options),
};

const unknownHolder = Object.entries(holderActs).flatMap(([rpc, call]): RefusalCase[] => [
  {
    rpc,
    reason: "INVALID_FIELD",
    when: "of a holder without an id",
    arrange: () => ({ call: (by, options) => call(by, "", options), metadata: { fields: "holder_id" } }),
  },
  {
    rpc,
    reason: "HOLDER_NOT_FOUND",
    when: "of a holder that there is not",
    arrange: () => ({
      call: (by, options) => call(by, "nobody", options),
      metadata: { holder_id: "nobody" },
    }),
  },
]);

/** Every refusal of the RPCs that make and change holders. */
export const holderCases: readonly RefusalCase[] = [
  ...unknownHolder,
  {
    rpc: "CreateHolder",
    reason: "INVALID_FIELD",
    when: "with an id, an address and a name that are none",
    arrange: () => ({
      call: (by, options) =>
        by.wallet.createHolder(
          { holderId: "h".repeat(65), email: "nowhere", displayName: "n".repeat(201) },
          options,
        ),
      metadata: { fields: "holder_id, email, display_name" },
    }),
  },
  {
    rpc: "CreateHolder",
    reason: "HOLDER_EXISTS",
    when: "under an id that a holder has",
    arrange: ({ holder }) => ({
      call: (by, options) => by.wallet.createHolder({ holderId: holder }, options),
      metadata: { holder_id: holder },
    }),
  },
  {
    rpc: "CreateHolder",
    reason: "EMAIL_TAKEN",
    when: "with another holder's address in other letters",
    arrange: async (place) => {
      const email = (await givenEmail(place)).toUpperCase();
      return {
        call: (by, options) => by.wallet.createHolder({ holderId: `${place.holder}-2`, email }, options),
        metadata: { email },
      };
    },
  },
  {
    rpc: "UpdateHolder",
    reason: "NOT_YOUR_WALLET",
    when: "by another holder",
    arrange: ({ app, holder, stranger }) => ({
      by: app.as("holder", stranger),
      call: (by, options) => by.wallet.updateHolder({ holderId: holder, displayName: "A" }, options),
      metadata: {},
    }),
  },
  {
    rpc: "UpdateHolder",
    reason: "EMAIL_TAKEN",
    when: "to another holder's address",
    arrange: async (place) => {
      const email = await givenEmail(place);
      return {
        call: (by, options) => by.wallet.updateHolder({ holderId: place.stranger, email }, options),
        metadata: { email },
      };
    },
  },
];

/** The e-mail address that the place's holder has from now on. */
async function givenEmail({ caller, holder }: Place): Promise<string> {
  const email = `${holder}@example.org`;
  await caller.wallet.updateHolder({ holderId: holder, email }, keyed());
  return email;
}
