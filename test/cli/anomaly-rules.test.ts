import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ConfigError, readConfig } from "../../src/config.js";
import { defaultAnomalyRules } from "../../src/ledger/anomaly/thresholds.js";

describe("the variable ANOMALY_RULES", () => {
  let directory: string;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "wallet-rules-"));
  });
  after(() => rmSync(directory, { recursive: true }));

  const rulesOf = (text: string) => {
    const path = join(directory, "rules.json");
    writeFileSync(path, text);
    return readConfig({ ANOMALY_RULES: path }).anomalyRules;
  };
  const problemsOf = (text: string) => {
    try {
      rulesOf(text);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    return expect.fail("the rules were accepted");
  };

  it("is not needed: every rule has its defaults, and none of them freezes", () => {
    const { anomalyRules } = readConfig({});
    expect(anomalyRules).to.equal(defaultAnomalyRules);
    for (const { enabled, freeze } of Object.values(anomalyRules))
      expect({ enabled, freeze }).to.deep.equal({ enabled: true, freeze: false });
  });

  it("names a file that changes what it says, and nothing else", () => {
    const rules = rulesOf(
      '{"velocity": {"severity": "critical", "freeze": true, "countMin": 5}, "many_refusals": {"enabled": false}}',
    );
    expect(rules).to.deep.equal({
      ...defaultAnomalyRules,
      velocity: { ...defaultAnomalyRules.velocity, severity: "CRITICAL", freeze: true, countMin: 5 },
      many_refusals: { ...defaultAnomalyRules.many_refusals, enabled: false },
    });
  });

  it("stops the start with all that is wrong with the file at once", () => {
    const problems = problemsOf(
      '{"velocity": {"countMin": 0, "colour": "red"}, "speed": {}, "limit_splitting": {"limitShareMin": 1.5}}',
    );
    const named = ["velocity.countMin", "colour", "speed", "limit_splitting.limitShareMin"];
    expect(problems).to.have.lengthOf(named.length);
    for (const name of named) expect(problems.join("\n")).to.include(name);
    for (const problem of problems) expect(problem).to.match(/^ANOMALY_RULES/);
  });

  it("lets only critical rules freeze, and circles have no more wallets than they may", () => {
    expect(
      problemsOf('{"velocity": {"freeze": true}, "circular_flow": {"walletsMin": 6, "walletsMax": 4}}'),
    ).to.deep.equal([
      "ANOMALY_RULES.velocity freezes wallets, and so its severity must be critical",
      "ANOMALY_RULES.circular_flow must have a walletsMin of at most its walletsMax",
    ]);
  });

  it("says when the file is no JSON, and when it is not there", () => {
    expect(problemsOf("{").join()).to.match(/^ANOMALY_RULES cannot be read as JSON: /);
    expect(() => readConfig({ ANOMALY_RULES: join(directory, "none.json") })).to.throw(
      ConfigError,
      /ANOMALY_RULES cannot be read as JSON: ENOENT/,
    );
  });
});
