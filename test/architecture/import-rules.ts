import { importsOf, type Source } from "./source.js";

/** What one part of the service may import. */
export interface ImportRule {
  /** Parts of the repository: folders, top-level files of `src`, or one file or folder of another part. */
  readonly parts: readonly string[];
  /** Packages, by name or by a scope that ends in `/`; `node:` stands for all that Node.js brings. */
  readonly packages: readonly string[];
  /** Files of the allowed parts that are not for this one. */
  readonly never?: readonly string[];
}

// The engine alone opens transactions, takes locks and writes; the owner's work is done before the service serves.
const writingDb = [
  "db/session.ts",
  "db/locks.ts",
  "db/references.ts",
  "db/journal.ts",
  "db/ledger-writes.ts",
  "db/wallet-writes.ts",
  "db/refund-total-writes.ts",
  "db/wallet-limits.ts",
  "db/hold-writes.ts",
  "db/leases.ts",
  "db/checkpoint-writes.ts",
  "db/operation-writes.ts",
  "db/anomaly-writes.ts",
  "db/anomaly-cursors.ts",
  "db/wallet-profiles.ts",
  "db/integrity/runs.ts",
  "db/schema.ts",
  "db/grants.ts",
  "db/partitions.ts",
  "db/connection.ts",
  "db/replayed-rows.ts",
];

const wiring = [
  "checkpoint-key.ts",
  "config.ts",
  "log.ts",
  "metrics.ts",
  "seed.ts",
  "db",
  "embedded",
  "engine",
  "events",
  "rpc",
];

/** The table. A folder or a top-level file that is not in it fails the test. */
export const importRules: Readonly<Record<string, ImportRule>> = {
  ledger: { parts: [], packages: ["node:crypto", "lru-cache", "uuid"] },
  migrations: { parts: [], packages: ["typeorm"] },
  db: { parts: ["ledger", "migrations"], packages: ["typeorm", "pg"] },
  engine: { parts: ["ledger", "db"], packages: ["lru-cache", "node:crypto", "node:timers/promises", "uuid"] },
  events: { parts: ["ledger", "db"], packages: ["node:timers/promises", "uuid"] },
  rpc: {
    parts: ["engine", "events", "ledger", "db", "gen", "metrics.ts"],
    never: writingDb,
    packages: [
      "node:",
      "@bufbuild/protobuf",
      "@connectrpc/",
      "@grpc/",
      "@redis/client",
      "grpc-health-check",
      "jose",
      "lru-cache",
      "pino",
      "prom-client",
      "rate-limiter-flexible",
      "uuid",
    ],
  },
  client: {
    parts: ["gen"],
    packages: [
      "node:crypto",
      "node:events",
      "node:http",
      "node:https",
      "node:timers/promises",
      "@bufbuild/protobuf",
      "@connectrpc/",
    ],
  },
  console: { parts: ["gen"], packages: ["@bufbuild/protobuf", "@connectrpc/"] },
  gen: { parts: [], packages: ["@bufbuild/protobuf"] },
  embedded: { parts: [], packages: ["node:", "pg"] },
  recovery: { parts: ["ledger", "db"], packages: ["node:"] },
  commands: {
    parts: ["checkpoint-key.ts", "config.ts", "ledger", "db", "embedded", "engine", "recovery", "rpc"],
    packages: ["node:", "commander"],
  },
  "anomaly-rules.ts": { parts: ["ledger"], packages: ["node:fs", "zod"] },
  "config-limits.ts": { parts: [], packages: ["zod"] },
  "config.ts": { parts: ["anomaly-rules.ts", "config-limits.ts", "ledger"], packages: ["zod"] },
  "config-summary.ts": { parts: ["config.ts"], packages: [] },
  "checkpoint-key.ts": {
    parts: ["config.ts", "embedded", "ledger"],
    packages: ["node:crypto", "node:fs/promises"],
  },
  "jwt-keys.ts": { parts: ["config.ts", "embedded", "rpc"], packages: [] },
  "log.ts": { parts: [], packages: ["pino"] },
  metrics: { parts: [], packages: ["prom-client"] },
  "metrics.ts": { parts: ["metrics", "version.ts"], packages: ["prom-client"] },
  tracing: {
    parts: ["engine", "rpc", "gen", "version.ts"],
    packages: ["node:timers/promises", "@opentelemetry/"],
  },
  "version.ts": { parts: [], packages: [] },
  "observed.ts": { parts: ["db", "engine", "events", "metrics.ts"], packages: ["pino"] },
  "banner.ts": { parts: ["app.ts", "config.ts"], packages: [] },
  "seed.ts": { parts: ["ledger", "db", "engine"], packages: ["uuid"], never: writingDb },
  "background-anomalies.ts": { parts: ["ledger", "metrics.ts", "engine", "events"], packages: ["pino"] },
  "background.ts": {
    parts: ["background-anomalies.ts", "ledger", "metrics.ts", "engine", "events"],
    packages: ["pino"],
  },
  "readiness.ts": { parts: ["db"], packages: [] },
  "access.ts": { parts: ["config.ts", "metrics.ts", "rpc"], packages: ["pino"] },
  "app.ts": {
    parts: [
      ...["access.ts", "background.ts", "readiness.ts", "config-summary.ts", "observed.ts", "tracing"],
      ...["jwt-keys.ts", "version.ts", ...wiring],
    ],
    packages: ["pino"],
  },
  "main.ts": {
    parts: ["app.ts", "background.ts", "banner.ts", "commands", "jwt-keys.ts", ...wiring],
    packages: ["commander"],
  },
};

/** The part that a path belongs to: `src/rpc/holders.ts` is of `rpc`, `src/app.ts` is a part of its own. */
export function partOf(path: string): string {
  return withinSource(path).split("/")[0] ?? "";
}

/** One sentence for each import that the table does not allow. */
export function importViolations(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const part = partOf(source.path);
    const rule = importRules[part];
    if (rule === undefined) return [`${source.path}: there is no import rule for ${part}`];
    return importsOf(source)
      .filter((name) => !allowed(part, rule, name))
      .map((name) => `${source.path}: ${part} may not import ${name}`);
  });
}

/** The circles that imports run in, between the nodes that `nodeOf` makes of paths; each as `a -> b -> a`. */
export function circles(sources: readonly Source[], nodeOf: (path: string) => string): string[] {
  const edges = new Map<string, Set<string>>();
  for (const source of sources) {
    const from = nodeOf(source.path);
    const targets = edges.get(from) ?? edges.set(from, new Set()).get(from);
    for (const name of importsOf(source)) {
      if (isOurs(name) && nodeOf(name) !== from) targets?.add(nodeOf(name));
    }
  }
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): void => {
    if (path.includes(node)) found.push([...path.slice(path.indexOf(node)), node].join(" -> "));
    if (path.includes(node) || done.has(node)) return;
    for (const next of edges.get(node) ?? []) visit(next, [...path, node]);
    done.add(node);
  };
  for (const node of edges.keys()) visit(node, []);
  return found;
}

function allowed(part: string, rule: ImportRule, name: string): boolean {
  if (!isOurs(name)) {
    return rule.packages.some((one) => name === one || name.startsWith(/[/:]$/.test(one) ? one : `${one}/`));
  }
  const target = withinSource(name);
  if (partOf(name) === part) return true;
  return rule.parts.includes(partOf(name)) && !(rule.never ?? []).includes(target);
}

const isOurs = (name: string): boolean => /^(src|migrations|test|bench|demo)\//.test(name);

const withinSource = (path: string): string => path.replace(/^src\//, "");
