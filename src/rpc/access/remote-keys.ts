import { createLocalJWKSet, createRemoteJWKSet, customFetch, type JWKSCacheInput, jwksCache } from "jose";
import type { KeysObserver, Verifier } from "./verifier.js";

/** How often a key set is fetched, in milliseconds. */
export interface RemoteLimits {
  /** The oldest that keys get while their URL answers: a key that was withdrawn there stops working after this long. */
  readonly refreshMs: number;
  /** The oldest that keys get while it does not. Beyond it nobody can be let in. */
  readonly ageMsMax: number;
  /** The least between two requests on account of a token that names an unknown key, whoever sends it. */
  readonly unknownKeyMs: number;
  /** The least between two requests when the last one failed. */
  readonly failedMs: number;
  /** How long one request may take. */
  readonly timeoutMs: number;
}

const defaults: RemoteLimits = {
  refreshMs: 300_000,
  ageMsMax: 3_600_000,
  unknownKeyMs: 10_000,
  failedMs: 5_000,
  timeoutMs: 5_000,
};

/** Prepares to fetch the keys behind a URL. The first token that has to be verified fetches them. */
export function openRemoteKeys(
  url: string,
  algorithms: string[],
  { reloaded, failed }: KeysObserver,
  given: Partial<RemoteLimits> = {},
): Verifier {
  const limits = { ...defaults, ...given };
  const cache: JWKSCacheInput = {};
  let lastText = "";
  let failure: { readonly problem: unknown; readonly ms: number } | undefined;
  const remote = createRemoteJWKSet(new URL(url), {
    timeoutDuration: limits.timeoutMs,
    cooldownDuration: limits.unknownKeyMs,
    cacheMaxAge: limits.ageMsMax,
    [jwksCache]: cache,
    [customFetch]: fetchNowAndThen,
  });

  // jose bounds how often it fetches after a success. After a failure it would try again for every call.
  async function fetchNowAndThen(href: string, init: RequestInit): Promise<Response> {
    if (failure !== undefined && performance.now() - failure.ms < limits.failedMs) throw failure.problem;
    try {
      const text = await fetchKeySet(href, init);
      failure = undefined;
      if (text !== lastText) reloaded();
      lastText = text;
      return new Response(text);
    } catch (problem) {
      failure = { problem, ms: performance.now() };
      failed(problem);
      throw problem;
    }
  }

  async function refreshed(): Promise<void> {
    if (cache.uat === undefined || Date.now() - cache.uat < limits.refreshMs) return;
    // The keys from before serve on; once a request has failed, calls do not wait for the next one.
    const reloading = remote.reload().catch(() => {});
    if (failure === undefined) await reloading;
  }

  return {
    algorithms,
    key: async (header, token) => {
      await refreshed();
      return remote(header, token);
    },
    get version() {
      return cache.uat ?? 0;
    },
    close: () => {},
  };
}

/** The text of a key set. Whatever else is there is an error, and the address is not part of its message. */
async function fetchKeySet(href: string, init: RequestInit): Promise<string> {
  const response = await fetch(href, init);
  if (response.status !== 200) throw new Error(`the key set was answered with status ${response.status}`);
  const text = await response.text();
  // Throws what jose would throw of it, but where it counts as a request that failed.
  createLocalJWKSet(JSON.parse(text));
  return text;
}
