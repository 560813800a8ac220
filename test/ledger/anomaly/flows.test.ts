import { expect } from "chai";
import { graphLimits } from "../../../src/ledger/anomaly/transfer-graph.js";
import { Story } from "../../support/anomaly-story.js";

describe("the rule drain_after_top_up", () => {
  it("finds a wallet that is topped up and emptied at once", () => {
    const story = new Story();
    const topUp = story.topUp("alice", 1_000n, 1_000n);
    story.wait(60);
    const first = story.send("alice", 600n, { balanceAfter: 400n });
    expect(story.rules).to.deep.equal([]);
    story.wait(60);
    const second = story.happen("alice", {
      flow: "out",
      type: "WITHDRAWAL",
      amount: 300n,
      balanceAfter: 100n,
    });
    expect(story.found).to.deep.equal([
      {
        rule: "drain_after_top_up",
        severity: "CRITICAL",
        freeze: false,
        transactionIds: [topUp, first, second],
        summary: "Wallet alice was topped up with 1000 gold, and 900 left it within 120 seconds; 100 remain.",
        evidence: { topped_up_units: "1000", left_units: "900", balance_units: "100", seconds: "120" },
      },
    ]);
  });

  it("says nothing while more than a tenth remains", () => {
    const story = new Story();
    story.topUp("alice", 1_000n, 1_000n);
    story.send("alice", 899n, { balanceAfter: 101n });
    expect(story.rules).to.deep.equal([]);
  });

  it("says nothing of a wallet that had much more before", () => {
    const story = new Story();
    story.topUp("alice", 1_000n, 5_000n);
    story.send("alice", 1_000n, { balanceAfter: 4_000n });
    expect(story.rules).to.deep.equal([]);
  });

  it("says nothing of what is spent at the service, nor once the top-up is half an hour ago", () => {
    const story = new Story();
    story.topUp("alice", 1_000n, 1_000n);
    story.spend("alice", 1_000n, { balanceAfter: 0n });
    story.topUp("bob", 1_000n, 1_000n);
    story.wait(1_800);
    story.send("bob", 1_000n, { balanceAfter: 0n });
    expect(story.rules).to.deep.equal([]);
  });

  it("takes several top-ups together", () => {
    const story = new Story();
    for (const units of [100n, 200n, 300n]) story.topUp("alice", 100n, units);
    story.send("alice", 250n, { balanceAfter: 50n });
    expect(story.rules).to.deep.equal([]);
    story.send("alice", 25n, { balanceAfter: 25n });
    expect(story.found[0]?.evidence).to.deep.include({ topped_up_units: "300", left_units: "275" });
  });

  it("learns that a wallet passes on what it gets", () => {
    const story = new Story();
    for (let day = 0; day < 10; day++) {
      story.topUp("alice", 1_000n, 1_000n);
      story.send("alice", 1_000n, { balanceAfter: 0n });
      story.wait(86_400);
    }
    expect(story.rules).to.deep.equal(["drain_after_top_up", "drain_after_top_up"]);
  });
});

describe("the rule limit_splitting", () => {
  const limited = { transactionLimit: 1_000n };

  it("finds several amounts that each stay just under the limit", () => {
    const story = new Story();
    const ids = [850n, 1_000n, 990n].map((units) => {
      story.wait(600);
      return story.spend("alice", units, limited);
    });
    expect(story.found).to.deep.equal([
      {
        rule: "limit_splitting",
        severity: "ALERT",
        freeze: false,
        transactionIds: ids,
        summary:
          "Wallet alice sent 2840 gold in 3 transactions within 21600 seconds, each just under its limit of 1000.",
        evidence: { count: "3", total_units: "2840", limit_units: "1000", window_seconds: "21600" },
      },
    ]);
  });

  it("says nothing of smaller amounts, of longer times, and without a limit", () => {
    const story = new Story();
    for (let index = 0; index < 5; index++) {
      story.spend("small", 849n, limited);
      story.spend("free", 1_000n);
      story.spend("slow", 1_000n, limited);
      story.wait(21_600);
    }
    expect(story.rules).to.deep.equal([]);
  });
});

describe("the rule circular_flow", () => {
  it("finds much the same amount back where it came from, through others", () => {
    const story = new Story();
    const ids = [
      story.transfer("alice", "bob", 1_000n),
      story.transfer("bob", "carol", 980n),
      story.transfer("carol", "alice", 950n),
    ];
    const [finding] = story.found;
    expect(finding).to.deep.equal({
      rule: "circular_flow",
      severity: "CRITICAL",
      freeze: false,
      transactionIds: ids,
      summary:
        "1000 gold left wallet alice and came back to it as 950 within 0 seconds, through 2 other wallets.",
      evidence: {
        wallet_ids: "alice bob carol",
        wallets_count: "3",
        first_units: "1000",
        last_units: "950",
        seconds: "0",
      },
    });
  });

  it("finds a circle of five wallets and none of six", () => {
    const round = (names: readonly string[]) => {
      const story = new Story();
      names.forEach((from, index) => {
        story.wait(60);
        story.transfer(from, names[(index + 1) % names.length] ?? "", 1_000n);
      });
      return story.rules;
    };
    expect(round(["a", "b", "c", "d", "e"])).to.deep.equal(["circular_flow"]);
    expect(round(["a", "b", "c", "d", "e", "f"])).to.deep.equal([]);
  });

  it("finds a circle of a wallet that sent much to others since", () => {
    const story = new Story();
    story.transfer("alice", "bob", 1_000n);
    for (let index = 0; index < 100; index++) story.transfer("alice", `employee-${index}`, 1_000n);
    story.transfer("bob", "carol", 980n);
    story.transfer("carol", "alice", 950n);
    expect(story.rules).to.include("circular_flow");
  });

  it("says nothing of what one gives back to the other", () => {
    const story = new Story();
    story.transfer("alice", "bob", 1_000n);
    story.transfer("bob", "alice", 1_000n);
    expect(story.rules).to.deep.equal([]);
  });

  it("says nothing when the amounts differ, the order does, the asset does, or it took too long", () => {
    const amounts = new Story();
    amounts.transfer("alice", "bob", 1_000n);
    amounts.transfer("bob", "carol", 850n);
    amounts.transfer("carol", "alice", 1_000n);
    const order = new Story();
    order.transfer("bob", "carol", 1_000n);
    order.wait(1);
    order.transfer("alice", "bob", 1_000n);
    order.transfer("carol", "alice", 1_000n);
    const slow = new Story();
    slow.transfer("alice", "bob", 1_000n);
    slow.transfer("bob", "carol", 1_000n);
    slow.wait(7_200);
    slow.transfer("carol", "alice", 1_000n);
    const asset = new Story();
    const inOther = { flow: "in", type: "TRANSFER", amount: 1_000n, asset: "silver" } as const;
    asset.happen("bob", { ...inOther, counterpartyId: "alice" });
    asset.happen("carol", { ...inOther, counterpartyId: "bob" });
    asset.transfer("carol", "alice", 1_000n);
    for (const story of [amounts, order, slow, asset]) expect(story.rules).to.deep.equal([]);
  });

  it("remembers no more transfers than it has room for, however many there are to one wallet", () => {
    const story = new Story();
    for (let index = 0; index < graphLimits.edgesMax + 500; index++)
      story.graph.add({
        transactionId: `${index}`,
        asset: "gold",
        from: `from-${index}`,
        to: `to-${index % 7}`,
        amount: 1n,
        time: 0n,
      });
    expect(story.graph.size).to.equal(graphLimits.edgesMax);
    const remembered = Array.from({ length: 7 }, (_, index) => story.graph.to(`to-${index}`).length);
    expect(remembered).to.deep.equal(Array(7).fill(graphLimits.incomingMax));
  });
});
