import { Code } from "../../gen/google/rpc/code_pb.js";
import { CallError } from "./call-error.js";
import type { Drain } from "./drain.js";
import type { IncomingCall } from "./incoming-call.js";

/** How long a call is worth working on. */
export interface Lifetime {
  /** What handlers see as `Call.signal`. */
  readonly signal: AbortSignal;
  /** Aborts when nobody waits any more. Unlike `signal` it takes no notice of shutdown, which still takes answers. */
  readonly gone: AbortSignal;
  /** Stops watching, once the call has been answered. */
  end(): void;
}

/** The longest delay of a timer. A deadline beyond it is 25 days away, and is left to the other end to keep. */
const timerMsMax = 2_147_483_647;

/** Watches the caller, its deadline and the drain on behalf of a call. */
export function watchLifetime({ onGone, deadlineMs }: IncomingCall, drain: Drain): Lifetime {
  const worth = new AbortController();
  const gone = new AbortController();
  const leave = (reason: CallError) => {
    worth.abort(reason);
    gone.abort(reason);
  };
  const remainingMs = deadlineMs === undefined ? Number.POSITIVE_INFINITY : deadlineMs - Date.now();
  const timer = remainingMs > timerMsMax ? undefined : setTimeout(() => leave(deadlinePassed()), remainingMs);
  const stopWatching = [
    onGone(() => leave(isLate(deadlineMs) ? deadlinePassed() : callerLeft())),
    drain.onBegin((reason) => worth.abort(reason)),
    () => clearTimeout(timer),
  ];
  return {
    signal: worth.signal,
    gone: gone.signal,
    end() {
      for (const stop of stopWatching) stop();
    },
  };
}

// A listener that keeps the deadline too may be the first to say so. Timers can run a millisecond early.
function isLate(deadlineMs: number | undefined): boolean {
  return deadlineMs !== undefined && Date.now() + 1 >= deadlineMs;
}

/** What is recorded of a call whose caller did not wait for its end. */
export function callerLeft(): CallError {
  return new CallError("the caller went away before the call was answered", { code: Code.CANCELLED });
}

function deadlinePassed(): CallError {
  return new CallError("the deadline of the call has passed", { code: Code.DEADLINE_EXCEEDED });
}
