import { expect } from "chai";
import { duration, Progress } from "../../src/recovery/progress.js";
import { printComparisons } from "../../src/recovery/report.js";

describe("the progress of long work", () => {
  const shown = (isTTY: boolean, total: number | null) => {
    let text = "";
    let nowMs = 0;
    const progress = new Progress({ isTTY, write: (part: string) => (text += part) }, () => nowMs);
    progress.begin("Exporting", "transactions", total);
    for (const [atMs, done] of [
      [100, 50],
      [10_000, 25_000],
      [12_000, 30_000],
    ] as const) {
      nowMs = atMs;
      progress.at(done);
    }
    progress.end();
    return text;
  };

  it("is one line on a terminal, written over, with rate and the time that is left", () => {
    expect(shown(true, 100_000).split("\r\u001b[2K").slice(1)).to.deep.equal([
      "Exporting: 25,000 transactions, 25 %, 2,500 transactions a second, about 30.0 s left",
      "Exporting: 30,000 transactions, 30 %, 2,500 transactions a second, about 28.0 s left",
      "Exporting: 30,000 transactions in 12.0 s\n",
    ]);
  });

  it("is a line every ten seconds elsewhere, and promises nothing where the total is not known", () => {
    expect(shown(false, null)).to.equal(
      "Exporting: 25,000 transactions, 2,500 transactions a second\nExporting: 30,000 transactions in 12.0 s\n",
    );
  });

  it("leaves no half line on a terminal when the work ends early, and clears nothing that is not its own", () => {
    let text = "";
    let nowMs = 0;
    const progress = new Progress({ isTTY: true, write: (part: string) => (text += part) }, () => nowMs);
    progress.clear();
    expect(text).to.equal("");
    progress.begin("Loading", "MiB", null);
    nowMs = 1_000;
    progress.at(5);
    progress.clear();
    expect(text).to.equal("\r\u001b[2KLoading: 5 MiB, 5 MiB a second\r\u001b[2K");
  });

  it("never claims to be done before it is, whatever was estimated", () => {
    expect(shown(true, 20_000)).to.include("25,000 transactions, 99 %, 2,500 transactions a second\r");
  });

  it("says times as people do", () => {
    expect([4.23, 725, 12_000].map(duration)).to.deep.equal(["4.2 s", "12 min 5 s", "3 h 20 min"]);
  });
});

describe("the report of a replay", () => {
  it("is a table with figures that can be read and checksums that can be compared", () => {
    const comparisons = [
      { what: "refund_totals", exported: "1234567", rebuilt: "1234566", equal: false },
      { what: "the whole ledger (sha256)", exported: "ab".repeat(32), rebuilt: "ab".repeat(32), equal: true },
    ];
    expect(printComparisons(comparisons).split("\n")).to.deep.equal([
      "                                      export            rebuilt",
      "refund totals                      1,234,567          1,234,566  DIFFERENT",
      "the whole ledger (sha256)  abababababababab…  abababababababab…  equal",
    ]);
  });
});
