import { expect } from "chai";
import { Story } from "../../support/anomaly-story.js";

/** So many spends, some seconds apart. */
function burst(story: Story, count: number, secondsApart: number): string[] {
  return Array.from({ length: count }, () => {
    story.wait(secondsApart);
    return story.spend("alice", 100n);
  });
}

describe("the rule velocity", () => {
  it("finds more within minutes than there ever was, with the transactions it counted", () => {
    const story = new Story();
    story.usualDays("alice", 3);
    const ids = burst(story, 15, 10);
    expect(story.found).to.deep.equal([
      {
        rule: "velocity",
        severity: "ALERT",
        freeze: false,
        transactionIds: ids,
        summary:
          "Wallet alice sent 15 transactions within 600 seconds; the most in as long a time on earlier days was 1.",
        evidence: { count: "15", usual_count: "1", window_seconds: "600" },
      },
    ]);
  });

  it("says nothing of one fewer, nor of as many in a longer time", () => {
    const few = new Story();
    burst(few, 14, 10);
    const slow = new Story();
    burst(slow, 40, 43);
    expect([few.rules, slow.rules]).to.deep.equal([[], []]);
  });

  it("learns from the days before what is usual", () => {
    const story = new Story();
    for (let day = 0; day < 3; day++) {
      burst(story, 8, 10);
      story.wait(86_400);
    }
    burst(story, 23, 10);
    expect(story.rules).to.deep.equal([]);
    burst(story, 1, 10);
    expect(story.rules).to.deep.equal(["velocity"]);
  });

  it("counts the payments of one batch once", () => {
    const story = new Story();
    for (let index = 0; index < 50; index++)
      story.happen("shop", { flow: "out", type: "PAYOUT", batchId: "b" });
    expect(story.rules).to.deep.equal([]);
    expect(story.profileOf("shop").moves).to.have.lengthOf(1);
    expect(story.profileOf("shop").amounts).to.have.lengthOf(48);
  });

  it("reports an episode once, and the next one after the cool-down", () => {
    const story = new Story();
    burst(story, 40, 10);
    expect(story.rules).to.deep.equal(["velocity"]);
    story.wait(3_600);
    burst(story, 40, 10);
    expect(story.rules).to.deep.equal(["velocity", "velocity"]);
  });
});

describe("the rule many_refusals", () => {
  it("finds the eighth refusal within ten minutes", () => {
    const story = new Story();
    const ids = Array.from({ length: 7 }, () => story.refuse("alice"));
    expect(story.rules).to.deep.equal([]);
    story.wait(599);
    ids.push(story.refuse("alice", "LIMIT_EXCEEDED"));
    expect(story.found).to.deep.equal([
      {
        rule: "many_refusals",
        severity: "ALERT",
        freeze: false,
        transactionIds: ids,
        summary:
          "8 transactions of wallet alice were refused within 600 seconds, the last one with LIMIT_EXCEEDED.",
        evidence: { count: "8", window_seconds: "600", last_reason: "LIMIT_EXCEEDED" },
      },
    ]);
  });

  it("says nothing once the first of them is ten minutes ago", () => {
    const story = new Story();
    for (let index = 0; index < 7; index++) story.refuse("alice");
    story.wait(600);
    story.refuse("alice");
    expect(story.rules).to.deep.equal([]);
  });

  it("does not count what was refused because the wallet was stopped", () => {
    const story = new Story();
    for (const reason of ["WALLET_FROZEN", "WALLET_CLOSED", "HOLDER_SUSPENDED", "ASSET_FROZEN"])
      for (let index = 0; index < 8; index++) story.refuse("alice", reason);
    expect(story.rules).to.deep.equal([]);
    expect(story.profileOf("alice").refusals).to.deep.equal([]);
  });
});

describe("a rule that is not enabled", () => {
  it("finds nothing", () => {
    const { velocity } = new Story().settings;
    const story = new Story({ velocity: { ...velocity, enabled: false } });
    burst(story, 40, 10);
    expect(story.rules).to.deep.equal([]);
  });
});

describe("a rule that freezes", () => {
  it("says so with its finding, under the severity that was set", () => {
    const { velocity } = new Story().settings;
    const story = new Story({ velocity: { ...velocity, severity: "CRITICAL", freeze: true } });
    burst(story, 15, 10);
    expect(story.found[0]).to.deep.include({ severity: "CRITICAL", freeze: true });
  });
});
