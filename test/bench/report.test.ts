import { readFileSync } from "node:fs";
import { expect } from "chai";
import { barPlot, barsOf } from "../../bench/report/bars.js";
import type { Entry } from "../../bench/report/entry.js";
import { linePlot } from "../../bench/report/lines.js";
import { markdownOf } from "../../bench/report/markdown.js";
import { merged, type Report, reportOf } from "../../bench/report/report.js";
import { ticksTo } from "../../bench/report/svg.js";
import { readLatest, withResults } from "../../bench/report/write.js";

const entry: Entry = {
  id: "a",
  name: "moving <value>",
  figure: { median: 9057.4, min: 8800, max: 9400, unit: "per second" },
  baseline: { median: 1200, min: 1100, max: 1300, unit: "per second", label: "one | at a time" },
  ratio: { median: 7.6, min: 7, max: 8.1 },
  target: "at least 8 times",
  goal: { atLeast: 8 },
  reached: false,
  explained: "The processors are what is short.",
  raw: [1, 2, 3],
};
const about: Omit<Report, "scenarios"> = {
  commit: "1a2b3c4",
  machine: {
    cores: 2,
    cpu: "a processor",
    memoryGiB: 24,
    platform: "linux x64",
    node: "v24.0.0",
    postgresql: { server_version: "18.4", fsync: "on" },
    load: "beside it",
  },
  effort: {
    quick: false,
    rounds: 5,
    settleMs: 1,
    warmUpMs: 1,
    measuredMs: 2_000,
    poolSizes: [4, 8],
  },
};

describe("the report of the benchmark", () => {
  it("has what a program needs of each entry, and neither its rounds nor its lines", () => {
    const plot = { title: "Latency", x: "load", y: "ms", lines: [] };
    const [reported] = reportOf(about, [{ ...entry, plot }]).scenarios;
    const { raw: _, ...rest } = entry;
    expect(reported).to.deep.equal({ ...rest, plot: "Latency" });
  });

  it("keeps the entries of an older report that were not measured anew", () => {
    const older = reportOf(about, [entry, { ...entry, id: "c1" }, { ...entry, id: "d", reached: true }]);
    const both = merged(older, reportOf(about, [{ ...entry, id: "c1", reached: true }]));
    expect(both.scenarios.map(({ id, reached }) => [id, reached])).to.deep.equal([
      ["a", false],
      ["c1", true],
      ["d", true],
    ]);
  });

  it("is a table with what stands in the way below it, and its plots", () => {
    const text = markdownOf(reportOf(about, [entry]), "plots");
    expect(text).to.include("Commit 1a2b3c4, on 2 cores (a processor), 24 GiB");
    expect(text).to.include(
      "| a | moving <value> | 9,057 (8,800 to 9,400) per second | 1,200 (1,100 to 1,300) per second: one \\| at a time | 7.60 (7.00 to 8.10) | at least 8 times | **not reached** |",
    );
    expect(text).to.include("**a, not reached:** The processors are what is short.");
    expect(text).to.include("(plots/ratios.svg)");
  });

  it("replaces what a document says between its marks, and nothing else", () => {
    const document = readFileSync("docs/performance.md", "utf8");
    const once = withResults(document, reportOf(about, [entry]));
    expect(once).to.include("| a | moving");
    expect(withResults(once, reportOf(about, [{ ...entry, id: "z" }]))).not.to.include("| a | moving");
    expect(once.slice(0, document.indexOf("## Results"))).to.equal(
      document.slice(0, document.indexOf("## Results")),
    );
  });

  it("is the one that docs/performance.md shows", () => {
    const document = readFileSync("docs/performance.md", "utf8");
    const latest = readLatest();
    if (latest !== null) expect(withResults(document, latest)).to.equal(document);
  });
});

describe("the plots of the benchmark", () => {
  it("show how far a ratio is of its target, also where less is better", () => {
    const least = { ...entry, goal: { atMost: 2 }, ratio: { median: 4, min: 2, max: 8 } };
    const shares = barsOf(
      reportOf(about, [
        { ...entry, id: "a" },
        { ...least, id: "d" },
      ]).scenarios,
    );
    expect(shares.map(({ share }) => share)).to.deep.equal([
      { median: 0.95, min: 0.875, max: 8.1 / 8 },
      { median: 0.5, min: 0.25, max: 1 },
    ]);
  });

  it("leave out an entry without a ratio, and escape what they say", () => {
    const entries = reportOf(about, [entry, { ...entry, id: "i", ratio: null }]).scenarios;
    const image = barPlot(barsOf(entries));
    expect(image.match(/class="missed"/g)).to.have.lengthOf(1);
    expect(image).to.include("moving &lt;value&gt;");
  });

  it("draw each line with a look of its own", () => {
    const points = [
      [0, 1],
      [10, 20],
    ] as const;
    const lines = ["p50", "p99"].map((label) => ({ label, points }));
    const image = linePlot({ title: "Latency", x: "load", y: "ms", lines });
    expect(image.match(/<polyline class="line line[01]"/g)).to.have.lengthOf(2);
  });

  it("have axes of round steps that reach beyond the highest figure", () => {
    expect(ticksTo(83)).to.deep.equal([0, 20, 40, 60, 80, 100]);
    expect(ticksTo(1.2)).to.deep.equal([0, 0.25, 0.5, 0.75, 1, 1.25]);
    expect(ticksTo(0)).to.have.lengthOf.above(0);
  });

  it("let the last number of the axis end with it, so that a long one is not cut off", () => {
    const line = { label: "resident", points: [[1_000_000, 300]] as const };
    const plot = linePlot({ title: "Memory", x: "transfers", y: "MB", lines: [line] });
    expect(plot).to.match(/<text [^>]*text-anchor="end"[^>]*>1,000,000</);
    expect(plot).to.match(/<text [^>]*text-anchor="middle"[^>]*>800,000</);
  });
});
