import { readCheckpointTimes } from "../db/checkpoints.js";
import { fingerprintOf } from "../ledger/fingerprint.js";
import type { Claim } from "../ledger/movement.js";
import { ownCaller } from "./audit-entries.js";
import type { Checkpointer } from "./checkpoints.js";
import type { Engine } from "./engine.js";
import { Lease } from "./lease.js";
import { newId } from "./new-id.js";
import { ownClaim } from "./own-claim.js";
import { Rounds } from "./rounds.js";

/** The bounds of the checkpoints that are made unasked. */
export interface CheckpointScheduleLimits {
  /** How old the newest checkpoint may become before the next one is made, in milliseconds. */
  readonly intervalMs: number;
  /** How often that is looked at, in milliseconds. */
  readonly pollMs: number;
  /** How long one process keeps this to itself after each look, in milliseconds. */
  readonly leaseMs: number;
}

/** The bounds of it but for the interval. */
export const defaultCheckpointScheduleLimits = Object.freeze({ pollMs: 30_000, leaseMs: 90_000 });

/** Told of what the schedule does, for the metrics and the log. */
export interface CheckpointObserver {
  /** The newest checkpoint's time, however old it is, in microseconds since 1970: at every look, and when one was made. */
  sealed(createTime: bigint): void;
  /** A checkpoint could not be made. The next look tries again. */
  failed(error: unknown): void;
}

/** Who makes the checkpoints that nobody asked for, in the audit log. */
const caller = ownCaller("checkpoint-schedule");

/** Makes a checkpoint whenever the newest has become too old, in one process of those that serve a database. */
export class CheckpointSchedule {
  readonly #engine: Engine;
  readonly #checkpointer: Checkpointer;
  readonly #limits: CheckpointScheduleLimits;
  readonly #observer: CheckpointObserver;
  readonly #lease: Lease;
  readonly #rounds: Rounds;

  constructor(
    { engine, checkpointer }: { engine: Engine; checkpointer: Checkpointer },
    limits: CheckpointScheduleLimits,
    observer: CheckpointObserver,
  ) {
    this.#engine = engine;
    this.#checkpointer = checkpointer;
    this.#limits = limits;
    this.#observer = observer;
    this.#lease = new Lease(engine.database, engine.limits, "checkpoint", limits.leaseMs);
    this.#rounds = new Rounds({
      pauseMs: limits.pollMs,
      round: () => this.#round(),
      // Without the database the lease ends by itself.
      ended: () => this.#lease.release(),
    });
  }

  start(): void {
    this.#rounds.start();
  }

  /** Finishes the checkpoint that is being made, gives the lease up, and resolves. It may be called again. */
  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  async #round(): Promise<boolean> {
    await this.#look().catch((error: unknown) => this.#observer.failed(error));
    return false;
  }

  async #look(): Promise<void> {
    if (!(await this.#lease.take())) return;
    const { now, newest } = await readCheckpointTimes(this.#engine.database.reader);
    // Told before one is made: an old one has to be known exactly when the next cannot be made.
    if (newest !== null) this.#observer.sealed(newest);
    const isYoung = newest !== null && now - newest < BigInt(this.#limits.intervalMs) * 1_000n;
    if (!isYoung) this.#observer.sealed(await this.#create());
  }

  async #create(): Promise<bigint> {
    const { result } = await this.#checkpointer.create({ claim: claim(), deadlineMs: undefined });
    return result.createTime;
  }
}

function claim(): Claim {
  const id = newId();
  const method = "wallet.v1.AdminService/CreateCheckpoint";
  const fingerprint = fingerprintOf(method, []);
  return ownClaim({ caller, key: id, method, fingerprint, operationId: id, requestId: id });
}
