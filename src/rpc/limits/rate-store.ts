import { type RateLimiterAbstract, RateLimiterMemory } from "rate-limiter-flexible";

/** Where it is counted what callers have used. */
export interface RateStore {
  /**
   * A counter that lets each key have so many points in a window of whole seconds, which begins with the first of them.
   *
   * @param name tells the keys of one counter from those of another.
   */
  counter(name: string, points: number, windowSeconds: number): RateLimiterAbstract;
  /** Gives back what it holds. Nothing is counted afterwards. */
  close(): void;
}

/** Counts in the memory of this process: each replica for itself. */
export const memoryStore: RateStore = {
  counter: (_, points, windowSeconds) =>
    new RateLimiterMemory({ keyPrefix: "", points, duration: windowSeconds }),
  close: () => {},
};
