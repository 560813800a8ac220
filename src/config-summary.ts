import type { Config, TlsConfig, TokenKeyConfig } from "./config.js";

/** What the log says of the configuration: what is named here and nothing else, so that no secret gets in unasked. */
export function summaryOf(config: Config): Readonly<Record<string, string | number>> {
  return {
    database:
      config.databaseUrl === null ? `embedded in ${config.dataDir}` : databaseAddress(config.databaseUrl),
    isolation: config.isolation,
    preparedStatements: config.preparedStatements ? "on" : "off",
    writerConnectionsMax: config.writerConnectionsMax,
    readerConnectionsMax: config.readerConnectionsMax,
    tokens: tokenSource(config.tokenKeys),
    jwtIssuer: config.jwtIssuer,
    jwtAudience: config.jwtAudience,
    tls: tlsMode(config.tls),
    checkpointKey: checkpointKeySource(config),
    checkpointTrustedKeys: config.checkpointTrustedKeyIds.length,
    checkpointIntervalHours: config.checkpointIntervalHours,
    integrityIntervalHours: config.integrityIntervalHours,
    freezingRules: freezingRules(config),
    traces: config.tracing === null ? "not exported" : publicPart(config.tracing.endpoint),
    logLevel: config.logLevel,
  };
}

function databaseAddress(url: string): string {
  const { username, host, pathname } = new URL(url);
  return `${username}@${host}${pathname}`;
}

function tokenSource(keys: TokenKeyConfig): string {
  if (keys === null) return "signed with the embedded secret";
  if ("secret" in keys) return "signed with JWT_SECRET";
  return "jwksFile" in keys ? `keys of ${keys.jwksFile}` : `keys of ${publicPart(keys.jwksUrl)}`;
}

function tlsMode(tls: TlsConfig | null): string {
  if (tls === null) return "none";
  const own = `certificate of ${tls.cert}`;
  return tls.clientCa === null ? own : `${own}, callers' certificates by ${tls.clientCa}`;
}

function checkpointKeySource({ checkpointKeyFile, databaseUrl }: Config): string {
  if (checkpointKeyFile !== null) return `of ${checkpointKeyFile}`;
  return databaseUrl === null ? "the embedded key" : "none";
}

function freezingRules({ anomalyRules }: Config): string {
  const freezing = Object.entries(anomalyRules).filter(([, { freeze }]) => freeze);
  return freezing.length === 0 ? "none" : freezing.map(([rule]) => rule).join(", ");
}

/** A URL without the places where people put credentials. */
function publicPart(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
