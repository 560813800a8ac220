import {
  beginCapture,
  type Capture,
  captureHeads,
  findNewest,
  insertCheckpoint,
  insertSubtrees,
} from "../db/checkpoint-writes.js";
import { findKey } from "../db/keys.js";
import { Session } from "../db/session.js";
import type { Checkpoint } from "../ledger/checkpoint.js";
import { type CheckpointKey, signCheckpoint } from "../ledger/checkpoint-key.js";
import type { Claim } from "../ledger/movement.js";
import type { ActContext, ActResult } from "./acts.js";
import { contention, RerunError, withAttempts } from "./attempts.js";
import type { Engine } from "./engine.js";
import { type HeadTree, readHeadTree } from "./head-tree.js";
import { newId } from "./new-id.js";

/** A call for a checkpoint. */
export interface CheckpointRequest {
  readonly claim: Claim;
  /** When the caller stops waiting, in milliseconds since 1970; undefined when it did not say. */
  readonly deadlineMs: number | undefined;
}

/** Thrown when somebody else's checkpoint came between the capture of heads and its seal. */
class OvertakenError extends Error {
  override name = "OvertakenError";
}

/** How many wallets one statement of a capture looks at, so that each is well within the time that statements have. */
const walletsPerStatement = 2_000;

/** How often a checkpoint is begun anew because other processes make theirs. */
const overtakenMax = 5;

/**
 * Makes checkpoints, one at a time: captures the heads of all wallets in one snapshot, builds the tree over them, and
 * seals it. No row is locked that a movement waits for.
 *
 * The three steps are three transactions. A capture that is never sealed does no harm: it is a true snapshot like any
 * other, and the next one keeps what has changed since. Only the seal is an act, which is short.
 */
export class Checkpointer {
  readonly #engine: Engine;
  readonly #key: CheckpointKey;
  #last: Promise<unknown> = Promise.resolve();

  constructor(engine: Engine, key: CheckpointKey) {
    this.#engine = engine;
    this.#key = key;
  }

  /**
   * Seals the ledger as it is, once for each idempotency key.
   *
   * @throws CONTENTION when other processes' checkpoints came first again and again, and what acts throw.
   */
  create(request: CheckpointRequest): Promise<ActResult<Checkpoint>> {
    const turn = this.#last.then(() => this.#create(request));
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #create(request: CheckpointRequest): Promise<ActResult<Checkpoint>> {
    // A retry reads its answer; the heads need not be captured for it.
    if ((await findKey(this.#engine.database.reader, request.claim)) !== undefined) {
      return this.#act(request, async () => {
        throw contention(1);
      });
    }
    for (let tried = 0; tried < overtakenMax; tried++) {
      const capture = await this.#capture();
      const tree = await readHeadTree(this.#engine.database.reader, capture.number);
      try {
        return await this.#act(request, (context, id) => this.#seal(context, { id, capture, tree }));
      } catch (error) {
        if (!(error instanceof OvertakenError)) throw error;
      }
    }
    throw contention(overtakenMax);
  }

  #act(
    { claim, deadlineMs }: CheckpointRequest,
    seal: (context: ActContext, id: string) => Promise<Checkpoint>,
  ): Promise<ActResult<Checkpoint>> {
    const id = newId();
    return this.#engine.acts.run({
      claim,
      deadlineMs,
      resourceId: id,
      run: (context) => seal(context, id),
    });
  }

  #capture(): Promise<Capture> {
    const { database, limits } = this.#engine;
    return withAttempts(limits, () =>
      Session.use(database.writer.createQueryRunner(), async (session) => {
        session.begin({
          isolation: "repeatable read",
          lockTimeoutMs: limits.slowLockTimeoutMs,
          statementTimeoutMs: limits.statementTimeoutMs,
        });
        const capture = await beginCapture(session);
        let after: string | null = null;
        do after = await captureHeads(session, capture.number, { after, size: walletsPerStatement });
        while (after !== null);
        // If the capture is there after all, it is one that is never sealed.
        if ((await session.commit()) === "in_doubt") throw new RerunError("the capture may not be there");
        return capture;
      }),
    );
  }

  async #seal(
    { session }: ActContext,
    { id, capture, tree }: { id: string; capture: Capture; tree: HeadTree },
  ): Promise<Checkpoint> {
    const newest = await findNewest(session);
    if (newest !== undefined && newest.capture > capture.number) throw new OvertakenError();
    const content = {
      id,
      merkleRoot: tree.root,
      walletCount: tree.walletCount,
      postingCount: tree.postingCount,
      previousCheckpointId: newest?.id ?? null,
      createTime: capture.time,
    };
    const checkpoint = signCheckpoint(content, this.#key);
    if (!(await insertCheckpoint(session, checkpoint, capture.number))) throw new OvertakenError();
    await insertSubtrees(session, id, tree.subtrees);
    return checkpoint;
  }
}
