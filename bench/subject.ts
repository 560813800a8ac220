import { expectOracles } from "../test/support/oracles.js";
import { type Service, startService, tokenFor } from "../test/support/service.js";
import { countMovements } from "./databases.js";
import type { Bench } from "./report/scenario.js";

/** What a load came to, as far as a ledger can be held to it. */
interface Answered {
  /** Movements that the client saw succeed. */
  readonly succeeded: number;
  readonly failures: Record<string, number>;
}

/** Where a load goes. */
export interface Target {
  readonly port: number;
  readonly token: string;
  /** What the idempotency keys of this load begin with. */
  readonly keyPrefix: string;
}

/** The service on a ledger of its own, and what its clients have seen succeed. */
export class Subject {
  readonly name: string;
  readonly url: string;
  readonly service: Service;
  #token: string;
  #loads = 0;
  #succeeded = 0;

  private constructor(name: string, url: string, service: Service, token: string) {
    this.name = name;
    this.url = url;
    this.service = service;
    this.#token = token;
  }

  /** Starts the compiled service. It is killed when the bench ends before `prove` or `stop`. */
  static async start(bench: Bench, name: string, url: string): Promise<Subject> {
    const env = { DATABASE_URL: url, HOST: "127.0.0.1", LOG_LEVEL: "error", INTEGRITY_INTERVAL_HOURS: "0" };
    const service = await startService({ env, program: ["dist/src/main.js", "serve"] });
    bench.undo(service.kill);
    return new Subject(name, url, service, await tokenFor("service"));
  }

  /** Movements that its clients have seen succeed. */
  get succeeded(): number {
    return this.#succeeded;
  }

  /** Where its next load goes: no two loads have the same keys. */
  target(): Target {
    return {
      port: this.service.grpcPort,
      token: this.#token,
      keyPrefix: `bench-${++this.#loads}`,
    };
  }

  /**
   * Loads it with movements, and counts what succeeds.
   *
   * @throws when a call failed: the figure would be of something else.
   */
  async load<Result extends Answered>(run: (target: Target) => Promise<Result>): Promise<Result> {
    const result = await run(this.target());
    const failures = Object.entries(result.failures);
    if (failures.length > 0) {
      throw new Error(`calls to ${this.name} failed: ${JSON.stringify(failures.slice(0, 3))}`);
    }
    this.#succeeded += result.succeeded;
    return result;
  }

  /**
   * Stops it, and proves that every success its clients saw is in the ledger, once, and that the ledger is sound.
   *
   * @throws when that is not so: the run is void.
   */
  async prove(): Promise<void> {
    await this.service.stop();
    await proveLedger(this.name, this.url, this.#succeeded);
  }
}

/** @throws when a ledger has more or fewer movements than its clients saw, or breaks an oracle. */
export async function proveLedger(name: string, url: string, succeeded: number): Promise<void> {
  const made = await countMovements(url);
  if (made !== succeeded) throw new Error(`${name} holds ${made} movements, its clients saw ${succeeded}`);
  await expectOracles(url);
}
