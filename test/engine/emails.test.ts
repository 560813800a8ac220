import { expect } from "chai";
import { acts } from "../support/acts.js";
import { errorOf, reasonOf } from "../support/engine.js";
import { useSuite } from "../support/suite.js";
import { countOf } from "../support/watch.js";

describe("a holder's e-mail address", () => {
  const suite = useSuite({ holders: [] });

  before(() => acts.createHolder(suite.engine, "alice", "Alice@Example.org"));

  it("is kept as it was written and belongs to one holder, whatever its case", async () => {
    const error = await errorOf(acts.createHolder(suite.other, "eve", "aLICE@example.ORG"));
    expect(error).to.deep.include({ reason: "EMAIL_TAKEN", metadata: { email: "aLICE@example.ORG" } });
    expect(await countOf(suite.watcher, "from holders where email = 'Alice@Example.org'")).to.equal(1);
  });

  it("can be written in another case by its own holder", async () => {
    const { result } = await acts.changeEmail(suite.engine, "alice", "alice@example.org");
    expect(result.email).to.equal("alice@example.org");
    expect(await reasonOf(acts.createHolder(suite.engine, "eve", "ALICE@example.org"))).to.equal(
      "EMAIL_TAKEN",
    );
  });

  it("is free for others once its holder has another or none", async () => {
    await acts.changeEmail(suite.engine, "alice", "new@example.org");
    await acts.createHolder(suite.engine, "bob", "alice@example.org");
    expect(await reasonOf(acts.changeEmail(suite.engine, "alice", "ALICE@example.org"))).to.equal(
      "EMAIL_TAKEN",
    );
    expect(await countOf(suite.watcher, "from holders where email = 'new@example.org'")).to.equal(1);
    await acts.changeEmail(suite.engine, "bob", null);
    expect((await acts.changeEmail(suite.engine, "alice", "ALICE@example.org")).result.email).to.equal(
      "ALICE@example.org",
    );
    expect(await countOf(suite.watcher, "from holder_emails")).to.equal(1);
  });

  it("knows case beyond ASCII", async () => {
    await acts.createHolder(suite.engine, "zoe", "ZOË@example.org");
    expect(await reasonOf(acts.createHolder(suite.engine, "zora", "zoë@example.org"))).to.equal(
      "EMAIL_TAKEN",
    );
    await acts.changeEmail(suite.engine, "zoe", "zoë@example.org");
    await acts.changeEmail(suite.engine, "zoe", null);
    expect((await acts.createHolder(suite.engine, "zora", "zoë@example.org")).replayed).to.equal(false);
  });

  it("is one holder's when two processes take it at once", async () => {
    const calls = [suite.engine, suite.other].map((engine, index) =>
      acts.createHolder(engine, `racer ${index}`, "race@example.org"),
    );
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map(({ status }) => status)).to.have.members(["fulfilled", "rejected"]);
    expect(await countOf(suite.watcher, "from holders where id like 'racer%'")).to.equal(1);
  });
});
