import { ofWallet } from "../../support/given.js";
import { misnamed, ownWallet } from "./named-wallet.js";
import { nowhere } from "./place.js";
import type { RefusalCase } from "./refusal-case.js";

const rpc = "GetPostingProof";

/** Every refusal of GetPostingProof, in a service without a key to seal anything with. */
export const checkpointCases: readonly RefusalCase[] = [
  {
    rpc,
    reason: "INVALID_FIELD",
    when: "of posting 0 of a wallet whose id is none, by a checkpoint whose id is none",
    arrange: () => ({
      call: (by) => by.admin.getPostingProof({ wallet: ofWallet("wallet-7"), checkpointId: "7" }),
      metadata: { fields: "wallet.wallet_id, posting_seq, checkpoint_id" },
    }),
  },
  {
    rpc,
    reason: "INVALID_FIELD",
    when: "of a posting that there is not",
    arrange: (place) => ({
      call: (by) => by.admin.getPostingProof({ ...ownWallet(place), postingSeq: 2n }),
      metadata: { fields: "posting_seq" },
    }),
  },
  {
    rpc,
    reason: "INVALID_FIELD",
    when: "of a posting that no checkpoint seals",
    arrange: (place) => ({
      call: (by) => by.admin.getPostingProof({ ...ownWallet(place), postingSeq: 1n }),
      metadata: { fields: "posting_seq" },
    }),
  },
  {
    rpc,
    reason: "INVALID_FIELD",
    when: "by a checkpoint that there is not",
    arrange: (place) => ({
      call: (by) => by.admin.getPostingProof({ ...ownWallet(place), postingSeq: 1n, checkpointId: nowhere }),
      metadata: { fields: "checkpoint_id" },
    }),
  },
  ...misnamed.map(
    ({ reason, when, name }): RefusalCase => ({
      rpc,
      reason,
      when,
      arrange: async (place) => {
        const { metadata, ...named } = await name(place);
        return { call: (by) => by.admin.getPostingProof({ ...named, postingSeq: 1n }), metadata };
      },
    }),
  ),
];
