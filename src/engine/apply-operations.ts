import type { Database } from "../db/database.js";
import {
  findOperations,
  listPendingOperations,
  type OperationRecord,
  type PendingOperation,
} from "../db/operations.js";
import { isRecorded } from "../ledger/reason.js";
import { type Turn, Turns } from "../ledger/turn.js";
import { WalletError } from "../ledger/wallet-error.js";
import { commandOf } from "./operations.js";
import type { Poster } from "./poster.js";

/** What applying works with. */
export interface ApplyContext {
  readonly database: Database;
  readonly poster: Poster;
}

/** How far one look at the queue goes. */
export interface ApplyLimits {
  /** Pending operations that one statement reads. */
  readonly pageMax: number;
  /** Statements of one look. */
  readonly pagesMax: number;
  /** Operations of one wallet that are handed to the poster together, so that the others have their turn. */
  readonly perWalletMax: number;
}

/** An operation that was handed to the poster. */
export interface Applying {
  readonly id: string;
  /** When it was accepted, in microseconds since 1970. */
  readonly createTime: bigint;
  /** Resolves with null once it is decided, posted or refused, and otherwise with why it still is pending. */
  readonly failure: Promise<unknown>;
}

/**
 * Hands pending operations to the poster in the order in which they were accepted. One waits for those before it that
 * share a wallet with it, and for no others. Nothing is locked here.
 *
 * That each is applied once, and none before one that it waits for, is seen to by the batch: two processes may do this.
 */
export class OperationApplier {
  readonly #context: ApplyContext;
  readonly #limits: ApplyLimits;
  readonly #underWay = new Map<string, readonly string[]>();

  constructor(context: ApplyContext, limits: ApplyLimits) {
    this.#context = context;
    this.#limits = limits;
  }

  /** How many operations were started and not ended. */
  get underWay(): number {
    return this.#underWay.size;
  }

  /**
   * Starts at most `max` of the operations whose turn has come. Their wallets are busy until they are ended.
   *
   * @param onStarted told of each as it starts: what was started stays so, also when this fails.
   * @returns how many were started.
   */
  async start(max: number, onStarted: (applying: Applying) => void): Promise<number> {
    const { pageMax, pagesMax, perWalletMax } = this.#limits;
    const turns = new Turns([...this.#underWay.values()].flat(), perWalletMax);
    let started = 0;
    let after: PendingOperation | null = null;
    for (let page = 0; page < pagesMax && started < max; page++) {
      const { reader } = this.#context.database;
      const query = { busy: turns.busy, after, limit: pageMax };
      const pending: PendingOperation[] = await listPendingOperations(reader, query);
      const waiting = pending.filter(({ id }) => !this.#underWay.has(id));
      const applying = await this.#submit(turns.take(waiting, max - started));
      for (const one of applying) onStarted(one);
      started += applying.length;
      after = pending.at(-1) ?? null;
      if (pending.length < pageMax) break;
    }
    return started;
  }

  /** Lets those behind an operation have their turn: it is decided, or to be started again. */
  end(id: string): void {
    this.#underWay.delete(id);
  }

  /** Reads what is to be applied and hands all of it over in one go, so that it finds room in the same batch. */
  async #submit(turns: readonly Turn<PendingOperation>[]): Promise<Applying[]> {
    if (turns.length === 0) return [];
    const ids = turns.map(({ waiting }) => waiting.id);
    const found = await findOperations(this.#context.database.reader, ids);
    const operations = new Map(found.map((operation) => [operation.operationId, operation]));
    return turns.flatMap(({ waiting, after }) => {
      const operation = operations.get(waiting.id);
      if (operation === undefined) return [];
      this.#underWay.set(waiting.id, waiting.walletIds);
      const { createTime } = operation;
      return [{ id: waiting.id, createTime, failure: this.#apply(operation, after) }];
    });
  }

  async #apply(operation: OperationRecord, after: readonly string[]): Promise<unknown> {
    try {
      await this.#context.poster.submit(commandOf(operation, after));
      return null;
    } catch (error) {
      return isOutcome(error) ? null : error;
    }
  }
}

/** Whether it is a refusal that the operation keeps. */
function isOutcome(error: unknown): boolean {
  return error instanceof WalletError && (isRecorded(error.reason) || error.replayed);
}
