import { expect } from "chai";
import { rehearse } from "../../deploy/rehearsal/rehearse.js";

describe("a point-in-time recovery", function () {
  this.timeout(180_000);

  it("brings back every transfer that was acknowledged before the moment, and none that was sent after it", async () => {
    const found = await rehearse({ transfers: 200, sentAgain: 50 }, () => {});
    expect(found).to.include({ missing: 0, early: 0, notReplayed: 0, notMade: 0 });
    expect(found.acknowledgedBefore).to.be.at.least(600);
    expect(found.sentAfter).to.be.at.least(200);
  });
});
