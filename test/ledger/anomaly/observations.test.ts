import { expect } from "chai";
import { type ObservedRecord, observationsOf } from "../../../src/ledger/anomaly/observation.js";

const facts = new Map([
  ["alice", { holderId: "alice", transactionLimit: 500n }],
  ["bob", { holderId: "bob", transactionLimit: null }],
  ["carol", { holderId: "carol", transactionLimit: null }],
]);

const transaction: ObservedRecord["transaction"] = {
  id: "tx",
  type: "TRANSFER",
  state: "POSTED",
  asset: "gold",
  amount: 10n,
  batchId: null,
  refusedReason: null,
  createTime: 1n,
  postTime: 2n,
};

const posting = (walletId: string, amount: bigint, balanceAfter = 100n) => ({
  walletId,
  asset: "gold",
  amount,
  balanceAfter,
});

const record = (
  postings: ObservedRecord["postings"],
  more: Partial<ObservedRecord["transaction"]> = {},
): ObservedRecord => ({
  transaction: { ...transaction, ...more },
  postings,
  walletIds: postings.map(({ walletId }) => walletId),
});

describe("the observations of a transaction", () => {
  it("are one for each holder's wallet, each with the other as its counterparty", () => {
    const seen = observationsOf(record([posting("alice", -10n, 90n), posting("bob", 10n)]), facts);
    expect(seen).to.deep.equal([
      {
        walletId: "alice",
        asset: "gold",
        transactionId: "tx",
        type: "TRANSFER",
        flow: "out",
        amount: 10n,
        balanceAfter: 90n,
        counterpartyId: "bob",
        batchId: null,
        refusedReason: null,
        transactionLimit: 500n,
        time: 2n,
      },
      {
        ...seen[0],
        walletId: "bob",
        flow: "in",
        balanceAfter: 100n,
        counterpartyId: "alice",
        transactionLimit: null,
      },
    ]);
  });

  it("leave system wallets out, which then are nobody's counterparty", () => {
    const [seen, ...more] = observationsOf(record([posting("revenue", 10n), posting("alice", -10n)]), facts);
    expect(seen).to.deep.include({ walletId: "alice", flow: "out", counterpartyId: null });
    expect(more).to.deep.equal([]);
  });

  it("take the postings of one wallet together, and leave out the one that ends where it began", () => {
    const seen = observationsOf(
      record([
        posting("alice", -10n, 90n),
        posting("bob", 10n, 110n),
        posting("alice", -5n, 85n),
        posting("bob", -10n, 100n),
        posting("carol", 15n),
      ]),
      facts,
    );
    expect(
      seen.map(({ walletId, flow, amount, balanceAfter }) => [walletId, flow, amount, balanceAfter]),
    ).to.deep.equal([
      ["alice", "out", 15n, 85n],
      ["carol", "in", 15n, 100n],
    ]);
  });

  it("name no counterparty where there are several", () => {
    const seen = observationsOf(
      record([posting("alice", -10n), posting("bob", 5n), posting("carol", 5n)]),
      facts,
    );
    expect(seen.map(({ counterpartyId }) => counterpartyId)).to.deep.equal([null, "alice", "alice"]);
  });

  it("are none for a correction", () => {
    for (const type of ["REFUND", "REVERSAL", "ADJUSTMENT"] as const)
      expect(observationsOf(record([posting("alice", 10n)], { type }), facts)).to.deep.equal([]);
  });

  it("of one that was refused are the refusal of the wallet that its caller spoke for", () => {
    const refused = { state: "REFUSED", refusedReason: "LIMIT_EXCEEDED", postTime: null } as const;
    const seen = observationsOf({ ...record([], refused), walletIds: ["alice"] }, facts);
    expect(seen).to.have.lengthOf(1);
    expect(seen[0]).to.deep.include({
      walletId: "alice",
      flow: "refused",
      refusedReason: "LIMIT_EXCEEDED",
      time: 1n,
    });
    expect(observationsOf({ ...record([], refused), walletIds: ["treasury"] }, facts)).to.deep.equal([]);
  });
});
