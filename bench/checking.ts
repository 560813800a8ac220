import type { Client } from "@connectrpc/connect";
import type { AdminService } from "../src/gen/wallet/v1/admin_service_pb.js";
import type { IntegrityVerdict } from "../src/gen/wallet/v1/integrity_pb.js";

/** Checks of a ledger, one after the other until they are told to stop. */
export class Checking {
  readonly #leaving = new AbortController();
  readonly #running: Promise<void>;
  #verified = 0n;
  #done = 0n;

  constructor(admin: Client<typeof AdminService>) {
    this.#running = this.#run(admin);
  }

  /** Returns how many postings were verified. */
  async stop(): Promise<bigint> {
    this.#leaving.abort();
    await this.#running;
    return this.#done + this.#verified;
  }

  async #run(admin: Client<typeof AdminService>): Promise<void> {
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      try {
        const verdict = await checkOnce(admin, signal, (checked) => {
          this.#verified = checked;
        });
        if (!verdict.ok) throw new Error(`the check found ${verdict.findingCount} things in a sound ledger`);
        this.#done += verdict.postingCount;
        this.#verified = 0n;
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }
}

/** One check to its end. What it finds is printed. */
export async function checkOnce(
  admin: Client<typeof AdminService>,
  signal: AbortSignal,
  onProgress: (checked: bigint) => void,
): Promise<IntegrityVerdict> {
  for await (const { event } of admin.checkIntegrity({}, { signal })) {
    if (event.case === "progress") onProgress(event.value.checkedPostingCount);
    if (event.case === "finding") console.log(`  found: ${event.value.message}`);
    if (event.case === "verdict") return event.value;
  }
  throw new Error("the check ended without a verdict");
}
