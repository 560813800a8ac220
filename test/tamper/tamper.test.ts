import { expect } from "chai";
import { Random } from "../model/random.js";
import { expectOracles } from "../support/oracles.js";
import { runCampaign } from "./campaign.js";
import { kinds } from "./kinds/all.js";
import { makeLedger } from "./ledger.js";

describe("tampering with a ledger", function () {
  this.timeout(600_000);

  it("is found and located to its wallet and posting, its transaction or its checkpoint, in every kind twice", async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const size = { postings: 2_000, holders: 30, pairs: 6 };
    const database = await makeLedger(new Random(seed, 0), size, () => {});
    await expectOracles(database.url);
    const count = 2 * kinds.size;
    const { located, failures } = await runCampaign(database, {
      seed,
      count,
      batch: 12,
      onProgress: () => {},
    });
    expect(failures.join("\n"), `seed ${seed}`).to.equal("");
    expect([...located.values()]).to.deep.equal(Array(kinds.size).fill(2));
    await expectOracles(database.url);
  });
});
