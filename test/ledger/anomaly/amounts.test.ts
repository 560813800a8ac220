import { expect } from "chai";
import { profileLimits } from "../../../src/ledger/anomaly/profile.js";
import { Story } from "../../support/anomaly-story.js";

describe("the rule amount_outlier", () => {
  it("finds an amount far above the wallet's own, and says by how much", () => {
    const story = new Story();
    story.usualDays("alice", 20);
    const id = story.spend("alice", 10_000n);
    expect(story.found).to.deep.equal([
      {
        rule: "amount_outlier",
        severity: "ALERT",
        freeze: false,
        transactionIds: [id],
        summary:
          "Wallet alice sent 10000 gold in one transaction; its usual amount is 99, and the largest before was 120.",
        evidence: {
          amount_units: "10000",
          median_units: "99",
          largest_units: "120",
          robust_z: story.found[0]?.evidence.robust_z,
          history_count: "20",
        },
      },
    ]);
    expect(Number(story.found[0]?.evidence.robust_z)).to.be.greaterThan(15);
  });

  it("says nothing of a wallet that it knows too little of", () => {
    const story = new Story();
    story.usualDays("alice", 7);
    story.spend("alice", 10_000n);
    expect(story.rules).to.deep.equal([]);
  });

  it("says nothing of an amount that is not much above the largest there was", () => {
    const story = new Story();
    story.spend("alice", 7_000n);
    story.usualDays("alice", 20);
    story.spend("alice", 20_999n);
    expect(story.rules).to.deep.equal([]);
    story.spend("alice", 62_997n);
    expect(story.rules).to.deep.equal(["amount_outlier"]);
  });

  it("begins where the robust z-score does", () => {
    const found = (amount: bigint) => {
      const story = new Story();
      for (let index = 0; index < 12; index++) story.spend("alice", 100n);
      story.spend("alice", amount);
      return story.rules;
    };
    // Twelve amounts that do not differ, and eight that are taken to deviate by 0.6: five times 0.24 is a factor of 3.32.
    expect(found(332n)).to.deep.equal([]);
    expect(found(333n)).to.deep.equal(["amount_outlier"]);
  });

  it("reads no more than the last amounts", () => {
    const story = new Story();
    for (let index = 0; index < 200; index++) story.spend("alice", 100n);
    expect(story.profileOf("alice").amounts).to.have.lengthOf(profileLimits.amountsMax);
  });
});

describe("the rule new_large_counterparty", () => {
  const large = { balanceAfter: 500n, counterpartyId: "mallory" };

  it("finds a large amount to a wallet that it never had to do with", () => {
    const story = new Story();
    story.usualDays("alice", 20);
    const id = story.send("alice", 1_000n, large);
    const [finding] = story.found.filter(({ rule }) => rule === "new_large_counterparty");
    expect(finding).to.deep.include({
      severity: "NOTE",
      freeze: false,
      transactionIds: [id],
      summary:
        "Wallet alice sent 1000 gold to wallet mallory, which it never had to do with; its usual amount is 99.",
    });
    expect(finding?.evidence).to.deep.include({
      counterparty_wallet_id: "mallory",
      amount_units: "1000",
      median_units: "99",
      balance_before_units: "1500",
    });
  });

  it("says nothing of one that it sent to or received from before", () => {
    for (const flow of ["in", "out"] as const) {
      const story = new Story();
      story.happen("alice", { flow, type: "TRANSFER", amount: 50n, counterpartyId: "mallory" });
      story.usualDays("alice", 20);
      story.send("alice", 1_000n, large);
      expect(story.rules).not.to.include("new_large_counterparty");
    }
  });

  it("says nothing of a usual amount, nor of a small part of the balance", () => {
    const story = new Story();
    story.usualDays("alice", 20);
    story.send("alice", 120n, { balanceAfter: 0n, counterpartyId: "mallory" });
    story.send("alice", 1_000n, { balanceAfter: 1_001n, counterpartyId: "oscar" });
    expect(story.rules).not.to.include("new_large_counterparty");
  });

  it("is silent about a wallet that pays more than it can remember", () => {
    const story = new Story();
    for (let index = 0; index < 100; index++) {
      story.send("shop", 100n, { counterpartyId: `supplier-${index}` });
      story.wait(3_600);
    }
    expect(story.profileOf("shop").counterparties).to.have.lengthOf(profileLimits.counterpartiesMax);
    story.send("shop", 10_000n, large);
    expect(story.rules).not.to.include("new_large_counterparty");
  });
});
