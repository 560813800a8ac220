import { expect } from "chai";
import { Caller } from "../support/caller.js";
import { expectOracles } from "../support/oracles.js";
import { type TestDatabase, testDatabase } from "../support/postgres.js";
import { type Service, startService, tokenFor } from "../support/service.js";
import { differences, Some } from "./differences.js";
import { runHistories } from "./histories.js";
import { Random } from "./random.js";

describe("random histories", function () {
  this.timeout(300_000);
  let database: TestDatabase;
  let service: Service;
  let caller: Caller;

  before(async () => {
    database = await testDatabase();
    service = await startService({ env: { DATABASE_URL: database.url } });
    caller = new Caller({ port: service.grpcPort, token: await tokenFor("admin"), connections: 4 });
  });
  after(async () => {
    caller?.close();
    await service?.stop();
  });
  afterEach(() => expectOracles(database.url));

  it("leave the service and the model of the contract equal after every step", async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const sequences = Array.from({ length: 12 }, (_, index) => index + 1);
    const { failures, tally } = await runHistories(
      { caller, ownerUrl: database.ownerUrl },
      { seed, sequences, length: 40 },
    );
    console.log(`      seed ${seed}`);
    expect(failures.join("\n\n"), `seed ${seed}`).to.equal("");
    expect(tally.total).to.equal(12 * 40);
  });
});

describe("the comparison of random histories", () => {
  it("finds what is wrong, missing and too much, and leaves open what is left open", () => {
    const expected = { same: 1n, wrong: 1n, missing: 1n, open: undefined, deep: { wrong: "a" } };
    const actual = { same: 1n, wrong: 2n, open: 3n, deep: { wrong: "b" }, extra: 4n };
    expect(differences(expected, actual)).to.deep.equal([
      'answer.wrong: expected "1n", got "2n"',
      'answer.missing: expected "1n", got nothing',
      'answer.deep.wrong: expected "a", got "b"',
      'answer.extra: not expected, got "4n"',
    ]);
    expect(differences(new Some({ wrong: 1n }), actual)).to.deep.equal([
      'answer.wrong: expected "1n", got "2n"',
    ]);
    expect(differences(new Some({ same: 1n }), actual)).to.deep.equal([]);
  });

  it("draws the same choices from the same seed and sequence, and others from another", () => {
    const draw = (seed: number, sequence: number) => {
      const random = new Random(seed, sequence);
      return Array.from({ length: 20 }, () => random.below(1_000));
    };
    expect(draw(7, 1)).to.deep.equal(draw(7, 1));
    expect(draw(7, 1)).to.not.deep.equal(draw(7, 2));
    expect(draw(7, 1)).to.not.deep.equal(draw(8, 1));
  });
});
