import { readFileSync } from "node:fs";
import { expect } from "chai";
import { createMetrics } from "../../src/metrics.js";
import { codeSpans, rowsOf, sectionOf } from "../support/markdown.js";
import { documentedMetrics } from "../support/metrics.js";

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly { readonly expr: string }[];
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

interface Alert {
  readonly name: string;
  readonly severity: string;
  readonly text: string;
}

const dashboard: { panels: Panel[]; templating: unknown; annotations: unknown } = JSON.parse(
  readFileSync("deploy/grafana-dashboard.json", "utf8"),
);
const rules = readFileSync("deploy/alerts.yml", "utf8");
const operations = readFileSync("docs/operations.md", "utf8");
const panels = dashboard.panels.filter(({ type }) => type !== "row");

/** What `/metrics` of a service can show, by name: its metrics, and the series that histograms and summaries have. */
async function seriesOfService(): Promise<Set<string>> {
  const metrics = await createMetrics().registry.getMetricsAsJSON();
  const parts: Record<string, string[]> = {
    histogram: ["_bucket", "_sum", "_count"],
    summary: ["", "_sum", "_count"],
  };
  return new Set(
    metrics.flatMap(({ name, type }) => (parts[`${type}`] ?? [""]).map((part) => `${name}${part}`)),
  );
}

/** The metrics that a text names, of the service or of Node.js. */
function metricsNamedIn(text: string): string[] {
  return [...new Set(text.match(/\b(?:wallet|process|nodejs)_[a-z0-9_]+/g) ?? [])];
}

function alertsOf(text: string): Alert[] {
  return text
    .split(/^ {6}- alert: /m)
    .slice(1)
    .map((alert) => ({
      name: /^\w+/.exec(alert)?.[0] ?? "",
      severity: /severity: (\w+)/.exec(alert)?.[1] ?? "",
      text: alert,
    }));
}

describe("docs/operations.md", () => {
  it("has a row for every metric of the service, with its type, and for no other", async () => {
    const metrics = await createMetrics().registry.getMetricsAsJSON();
    const actual = metrics
      .filter(({ name }) => name.startsWith("wallet_"))
      .map(({ name, type }) => `${name} ${type}`);
    const documented = documentedMetrics().map(({ name, type }) => `${name} ${type}`);
    expect(documented.sort()).to.deep.equal(actual.sort());
  });

  it("says of every alert how severe it is and what to do", () => {
    const rows = rowsOf(sectionOf(operations, "## Alerts"));
    const documented = rows.map(([name, severity, ...sentences]) => {
      expect(sentences.map((sentence) => sentence.length > 10)).to.deep.equal([true, true]);
      return `${codeSpans(name)[0]} ${severity}`;
    });
    const actual = alertsOf(rules).map(({ name, severity }) => `${name} ${severity}`);
    expect(actual).to.have.length.greaterThan(10);
    expect(documented).to.deep.equal(actual);
  });
});

describe("the dashboard", () => {
  it("names only metrics that the service has", async () => {
    const series = await seriesOfService();
    const named = metricsNamedIn(
      panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).join("\n"),
    );
    expect(named).to.have.length.greaterThan(20);
    expect(named.filter((name) => !series.has(name))).to.deep.equal([]);
    const around = metricsNamedIn(JSON.stringify([dashboard.templating, dashboard.annotations]));
    expect(around.filter((name) => !series.has(name))).to.deep.equal([]);
  });

  it("shows every metric of the service", () => {
    const text = JSON.stringify(dashboard);
    const hidden = documentedMetrics().filter(({ name }) => !text.includes(name));
    expect(hidden).to.deep.equal([]);
  });

  it("gives every panel a title of its own, a description, a unit and a question", () => {
    const poor = panels.filter(
      ({ title, description = "", fieldConfig, targets = [] }) =>
        title === "" ||
        description.length < 10 ||
        (fieldConfig?.defaults.unit ?? "") === "" ||
        targets.length === 0,
    );
    expect(poor.map(({ title }) => title)).to.deep.equal([]);
    expect(new Set(panels.map(({ title }) => title)).size).to.equal(panels.length);
  });

  it("lays no panel over another", () => {
    const overlapping = dashboard.panels.flatMap((one, index) =>
      dashboard.panels
        .slice(index + 1)
        .filter(({ gridPos: b }) => {
          const a = one.gridPos;
          return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
        })
        .map((other) => `${one.title} / ${other.title}`),
    );
    expect(overlapping).to.deep.equal([]);
  });
});

describe("the alert rules", () => {
  it("name only metrics that the service has", async () => {
    const series = await seriesOfService();
    const named = metricsNamedIn(rules.replace(/^ *#.*$/gm, ""));
    expect(named).to.have.length.greaterThan(8);
    expect(named.filter((name) => !series.has(name))).to.deep.equal([]);
  });

  it("each have a severity, a summary and a sentence about what to do", () => {
    for (const { name, severity, text } of alertsOf(rules)) {
      expect(severity, name).to.be.oneOf(["critical", "warning"]);
      expect(text, name)
        .to.match(/summary: ".+"/)
        .and.to.match(/description: >-\n {12}\S/);
    }
  });
});
