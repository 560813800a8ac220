import { randomFillSync } from "node:crypto";
import { v7 as uuidV7 } from "uuid";

const idBytes = 16;

// One call for random bytes costs more than all the rest of an id, so they come for a thousand ids at a time.
const pool = Buffer.alloc(idBytes * 1_024);
let used = pool.length;
let lastMs = 0;
let sequence = 0;

/** A UUIDv7 that is above all that this process made before, also within a millisecond or after the clock was set back. */
export function newId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + idBytes);
  used += idBytes;
  const nowMs = Date.now();
  if (nowMs > lastMs) {
    lastMs = nowMs;
    // A quarter of the range at most, which leaves room to count up for as long as the clock may stand still.
    sequence = random.readUInt32BE(6) >>> 2;
  } else sequence++;
  return uuidV7({ random, msecs: lastMs, seq: sequence });
}
