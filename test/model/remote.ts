import type { DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { AdminService } from "../../src/gen/wallet/v1/admin_service_pb.js";
import { SystemRole } from "../../src/gen/wallet/v1/wallet_pb.js";
import { WalletService } from "../../src/gen/wallet/v1/wallet_service_pb.js";
import type { Caller, Ending } from "../support/caller.js";
import type { openSession } from "../support/postgres.js";
import type { Command } from "./command.js";
import type { Ledger } from "./ledger.js";
import type { Names } from "./names.js";
import { methods, requestOf } from "./requests.js";
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

/** Sends a command under its key, again where the answer is to send it again. */
export async function send(
  { caller }: Remote,
  names: Names,
  { key, command }: { key: string; command: Exclude<Command, { kind: "expireHold" }> },
): Promise<AnyEnding> {
  const method: DescMethodUnary = methods[command.kind];
  const request = requestOf(command, names);
  for (let tries = 1; ; tries++) {
    const ending = (await caller.call(method, names.key(key), request)) as AnyEnding;
    const isBusy = ending.kind === "refused" && retryable.includes(ending.reason);
    if (!isBusy || tries === triesMax) return ending;
  }
}

/** The answer of a read; fails when there is none. */
export async function read<Method extends DescMethodUnary>(
  { caller }: Remote,
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
