import type { DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { AdminService } from "../../src/gen/wallet/v1/admin_service_pb.js";
import { OperationState } from "../../src/gen/wallet/v1/operation_pb.js";
import { SystemRole } from "../../src/gen/wallet/v1/wallet_pb.js";
import { WalletService } from "../../src/gen/wallet/v1/wallet_service_pb.js";
import type { Caller, Ending } from "../support/caller.js";
import { ItemStream } from "../support/item-stream.js";
import type { openSession } from "../support/postgres.js";
import type { BatchItem, Command } from "./command.js";
import type { Ledger } from "./ledger.js";
import type { Names } from "./names.js";
import { methods, movementOf, requestOf } from "./requests.js";
import { unopened } from "./rules.js";

/** The service that histories run against. */
export interface Remote {
  /** Calls as an admin, who may do everything. */
  readonly caller: Caller;
  /** The database owner's session, by which time passes for holds. */
  readonly owner: Awaited<ReturnType<typeof openSession>>;
}

/** What the model has to expect of an answer, whatever the RPC. */
export type AnyEnding = Ending<Record<string, unknown>>;

const retryable = ["CONTENTION", "OVERLOADED", "DATABASE_UNAVAILABLE"];
const triesMax = 20;
/** How long a queued movement may wait: those of all other histories go before it. */
const patienceMs = 60_000;

/** Sends a command under its key, again where the answer is to send it again. */
export async function send(
  { caller }: Remote,
  names: Names,
  { key, command }: { key: string; command: Exclude<Command, { kind: "expireHold" }> },
): Promise<AnyEnding> {
  if (command.kind === "executeStream") return sendStream({ caller }, names, command.items);
  const method: DescMethodUnary = methods[command.kind];
  const request = requestOf(command, names);
  for (let tries = 1; ; tries++) {
    const ending = (await caller.call(method, names.key(key), request)) as AnyEnding;
    const isBusy = ending.kind === "refused" && retryable.includes(ending.reason);
    if (isBusy && tries < triesMax) continue;
    return command.kind === "enqueueTransaction" ? applied({ caller }, names.key(key), ending) : ending;
  }
}

/** How the queued movement of a key ended, once it has; the ending of its acceptance when it was not accepted. */
async function applied(remote: Pick<Remote, "caller">, key: string, ending: AnyEnding): Promise<AnyEnding> {
  if (ending.kind !== "done") return ending;
  const giveUpAt = Date.now() + patienceMs;
  for (;;) {
    const response = await read(remote, WalletService.method.getOperation, { idempotencyKey: key });
    if (response.operation?.state !== OperationState.PENDING) return { ...ending, response: { ...response } };
    if (Date.now() > giveUpAt)
      return { kind: "unanswered", code: "PENDING", details: `not applied within ${patienceMs} ms` };
  }
}

/** Sends each movement once the one before was answered: a stream promises no order for what is under way at once. */
async function sendStream(
  { caller }: Pick<Remote, "caller">,
  names: Names,
  items: readonly BatchItem[],
): Promise<AnyEnding> {
  const stream = new ItemStream(caller.target).read();
  try {
    for (const [index, { key, movement }] of items.entries()) {
      const item = { key: names.key(key), movement: movementOf(movement, names), number: BigInt(index + 1) };
      await stream.send([item]);
      await Promise.race([stream.untilAnswered(index + 1), stream.ended]);
    }
    const { code, reason } = await stream.finish().ended;
    if (code !== "OK") return { kind: "unanswered", code, details: reason };
    const results = items.map((_, index) => stream.results.get(BigInt(index + 1))?.result);
    return { kind: "done", response: { results }, replayed: false };
  } finally {
    stream.close();
  }
}

/** The answer of a read; fails when there is none. */
export async function read<Method extends DescMethodUnary>(
  { caller }: Pick<Remote, "caller">,
  method: Method,
  request: MessageInitShape<Method["input"]>,
): Promise<MessageShape<Method["output"]>> {
  const ending = await caller.call(method, "read", request);
  if (ending.kind !== "done") throw new Error(`${method.name} was ${JSON.stringify(ending)}`);
  return ending.response;
}

/** Lets the time of a hold run out: it expires at this instant, after all that was done with it before. */
export async function expireHold({ owner }: Remote, id: string): Promise<void> {
  await owner.query("update holds set expire_time = clock_timestamp() where id = $1", [id]);
}

/** Makes the assets of a sequence; gives the model their system wallets and teaches the names their ids. */
export async function openLedger(remote: Remote, names: Names): Promise<Ledger> {
  const ledger: Ledger = {
    assets: new Map(),
    holders: new Map(),
    wallets: new Map(),
    transactions: new Map(),
    holds: new Map(),
    jobs: new Map(),
    references: new Map(),
    keys: new Map(),
  };
  for (const code of ["a", "b", "c"]) {
    const asset = names.asset(code);
    const made = await remote.caller.call(AdminService.method.createAsset, names.key(`asset-${code}`), {
      code: asset,
      name: code,
    });
    if (made.kind !== "done") throw new Error(`CreateAsset was ${JSON.stringify(made)}`);
    ledger.assets.set(code, { frozen: false, perTransaction: null, daily: null });
    const { wallets } = await read(remote, WalletService.method.listWallets, { asset });
    for (const { id, systemRole, minBalanceUnits, balance } of wallets) {
      const role = SystemRole[systemRole];
      const name = `${code}/${role}`;
      names.learn(name, id);
      ledger.wallets.set(name, {
        ...unopened(code, role),
        holder: null,
        floor: minBalanceUnits,
        bottomless: role === "TREASURY",
        version: balance?.version ?? 0n,
      });
    }
  }
  return ledger;
}
