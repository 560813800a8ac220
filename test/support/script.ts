import type { Call } from "../../src/rpc/pipeline/call.js";

/** What a scripted handler does instead of answering: it throws, or keeps its caller waiting. */
export type ScriptedFailure = Error | "hangs";

/** What a scripted handler saw of a call. */
export interface ScriptedCall {
  readonly idempotencyKey: string;
  /** How long its caller would still wait, in milliseconds; undefined for ever. */
  readonly leftMs: number | undefined;
  /** On the clock of `performance.now()`. */
  readonly atMs: number;
}

/** A handler of `Transfer` on the real pipeline that fails as it is told to, and then succeeds. */
export interface Script {
  readonly handler: (request: unknown, call: Call) => Promise<object>;
  /** The calls since the last restart. */
  readonly calls: readonly ScriptedCall[];
  /** Resolves when the first call since the last restart has arrived. */
  readonly entered: Promise<void>;
  /** Forgets the calls, and answers the next ones with these failures, in turn. */
  restart(...failures: ScriptedFailure[]): void;
  /** Ends the calls that hang. */
  release(): void;
}

export function script(): Script {
  let failures: ScriptedFailure[] = [];
  let calls: ScriptedCall[] = [];
  let entered = gate();
  let released = gate();
  return {
    handler: async (_, { idempotencyKey, deadlineMs }) => {
      const leftMs = deadlineMs === undefined ? undefined : deadlineMs - Date.now();
      calls.push({ idempotencyKey, leftMs, atMs: performance.now() });
      entered.open();
      const failure = failures.shift();
      if (failure instanceof Error) throw failure;
      if (failure === "hangs") await released.opened;
      return { transaction: { id: "t-1" } };
    },
    get calls() {
      return calls;
    },
    get entered() {
      return entered.opened;
    },
    restart(...next) {
      released.open();
      released = gate();
      entered = gate();
      calls = [];
      failures = next;
    },
    release: () => released.open(),
  };
}

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

function gate(): Gate {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
