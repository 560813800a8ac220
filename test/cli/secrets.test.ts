import { expect } from "chai";
import { testDatabase } from "../support/postgres.js";
import { emptyDatabase, endChildren, freePorts, secret, serve, wallet } from "./support.js";

const password = "pass/word-that-nobody-sees";

describe("what the program prints", function () {
  this.timeout(120_000);
  afterEach(endChildren);

  it("never has the password of a URL, however the URL is wrong", async () => {
    const { url } = await testDatabase();
    const right = new URL(url);
    const wrong = [
      Object.assign(new URL(url), { password }).href,
      `postgresql://wallet_service:${password}%ZZ@127.0.0.1:1/wallet`,
      `postgresql://wallet_service:${password}@nowhere.invalid/wallet`,
      `postgresql://wallet_service:${password}@${right.host}/missing`,
      `mysql://wallet_service:${password}@127.0.0.1/wallet`,
    ];
    const commands = [["serve"], ...wrong.map(() => ["migrate", "up"])];
    const ended = commands.map((command, index) => {
      const env = { ...freePorts, DATABASE_URL: wrong[index % wrong.length] ?? "", JWT_SECRET: secret };
      return wallet(command, env);
    });
    for (const { code, stdout, stderr } of await Promise.all(ended)) {
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
      expect(stderr).not.to.equal("");
      expect(stderr).not.to.match(/pass(\/|%2F)word|nobody-sees/);
      expect(stderr).not.to.include(secret);
    }
  });

  it("has one line of the log at the start and two at the stop, with the address of the database", async () => {
    const database = await emptyDatabase();
    const service = await serve({ ...database, JWT_SECRET: secret }, "--migrate");
    service.child.kill("SIGTERM");
    const { stderr } = await service.ended;
    const lines = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ msg }) => msg)).to.deep.equal([
      "the schema is at head",
      "the service is up",
      "the service is stopping: it takes no more calls and finishes those in flight",
      "the service has stopped",
    ]);
    const { username, host, pathname, password: hidden } = new URL(database.DATABASE_URL);
    expect(lines[1].database).to.equal(`${username}@${host}${pathname}`);
    for (const one of [secret, hidden]) expect(stderr).not.to.include(one);
  });
});
