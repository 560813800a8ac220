import { expect } from "chai";
import { readConfig } from "../src/config.js";
import { summaryOf } from "../src/config-summary.js";
import { fileOf } from "./support/key-file.js";

const ids = ["a".repeat(64), "b".repeat(64)];

describe("the summary of a configuration", () => {
  it("names the files of TLS and of the checkpoints' key, and only counts the keys that are trusted", () => {
    const env = {
      ...{ DATABASE_URL: "postgresql://me:hidden@db/wallet", JWT_SECRET: "hidden ".repeat(5) },
      ...{ TLS_CERT: "cert.pem", TLS_KEY: "key.pem" },
      ...{ CHECKPOINT_KEY_FILE: "seal.pem", CHECKPOINT_TRUSTED_KEY_IDS: ids.join(",") },
      ...{ CHECKPOINT_INTERVAL_HOURS: "6", INTEGRITY_INTERVAL_HOURS: "0" },
    };
    const summary = summaryOf(readConfig(env));
    expect(summary).to.include({
      tls: "certificate of cert.pem",
      checkpointKey: "of seal.pem",
      checkpointTrustedKeys: 2,
      checkpointIntervalHours: 6,
      integrityIntervalHours: 0,
    });
    expect(JSON.stringify(summary)).not.to.match(/hidden|aaaa/);
    const mutual = summaryOf(readConfig({ ...env, TLS_CLIENT_CA: "ca.pem" }));
    expect(mutual.tls).to.equal("certificate of cert.pem, callers' certificates by ca.pem");
  });

  it("tells the embedded key of checkpoints, and the rules that freeze", () => {
    const rules = fileOf('{ "drain_after_top_up": { "freeze": true } }');
    try {
      const summary = summaryOf(readConfig({ ANOMALY_RULES: rules.path }));
      expect(summary).to.include({
        checkpointKey: "the embedded key",
        freezingRules: "drain_after_top_up",
        tls: "none",
      });
    } finally {
      rules.remove();
    }
  });
});
